package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The guides' footnote: a second server started with {@code -bootstrap} by accident. */
class AccidentalBootstrapIT {
  @RegisterExtension final Agents agents = new Agents("accidental-bootstrap");

  @Test
  void twoClustersNeverMergeAndTheAdviceWorks() throws Exception {
    AgentProcess a = agents.create("a").start("-server", "-bootstrap");
    AgentProcess stray = agents.create("stray").start("-server", "-bootstrap");
    a.awaitLeader();
    stray.awaitLeader();
    a.mustPut("owner", "a");
    a.mustPut("only-on-a", "yes");
    stray.mustPut("owner", "stray");
    stray.mustPut("only-on-stray", "yes");

    joiningIsRefusedOnBothSides(a, stray);

    stray.signal("TERM");
    stray.awaitExit(AgentProcess.STOP);
    Path raft = stray.dataDir().resolve("raft");
    assertThat(raft).as("the folder that the guide says to remove").isDirectory();
    Agents.deleteTree(raft);
    stray.start("-server", "-retry-join", a.address(), "-retry-interval", "1s").awaitLeader();

    Agents.awaitAllVoters(a, stray);
    Agents.awaitConverged(a, stray);
    Agents.awaitOneLeader(a, stray); // on a busy machine it may be either by now
    for (AgentProcess server : new AgentProcess[] {a, stray}) {
      assertThat(server.read("owner", true)).as("on " + server.name).isEqualTo("a");
      assertThat(server.read("only-on-a", true)).as("on " + server.name).isEqualTo("yes");
      assertThat(server.read("only-on-stray", true)).as("on " + server.name).isNull();
    }
  }

  private void joiningIsRefusedOnBothSides(AgentProcess a, AgentProcess stray) throws Exception {
    refused(CommandLine.at(a, "join", stray.address()));
    refused(CommandLine.at(stray, "join", a.address()));
    // Each side's log names the other one and says what to do.
    a.awaitLog(
        Pattern.compile("(?=.*(stray|" + Pattern.quote(stray.address()) + "))(?=.*raft/)"),
        AgentProcess.SOON);
    stray.awaitLog(
        Pattern.compile("(?=.*( a |'a'|\"a\"|=a|" + Pattern.quote(a.address()) + "))(?=.*raft/)"),
        AgentProcess.SOON);

    for (AgentProcess server : new AgentProcess[] {a, stray}) {
      assertThat(server.leader())
          .as(server.name + " leads its own")
          .isEqualTo(server.serverAddress());
      assertThat(server.info("raft", "num_peers")).as("peers of " + server.name).isEqualTo("0");
      assertThat(server.http().get("/v1/agent/members").json().asJsonArray())
          .as("members that " + server.name + " knows\n" + agents.tails())
          .hasSize(1);
      assertThat(server.read("owner", false)).as("on " + server.name).isEqualTo(server.name);
    }
    assertThat(a.read("only-on-stray", true)).as("on a").isNull();
    assertThat(stray.read("only-on-a", true)).as("on stray").isNull();
  }

  private void refused(CommandLine.Result join) {
    assertThat(join.exitCode()).as(join + agents.tails()).isEqualTo(1);
    assertThat(join.all())
        .as("it says what happened and what to do: " + join)
        .containsIgnoringCase("cluster")
        .contains("raft/");
  }
}
