package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The bootstrap-expect guide, step by step: three lone servers, one {@code join}, one cluster. */
class ExpectGuideIT {
  @RegisterExtension final Agents agents = new Agents("expect-guide");

  @Test
  void threeServersBootstrapOnceTheyAreJoined() throws Exception {
    AgentProcess a = agents.create("a");
    AgentProcess b = agents.create("b");
    AgentProcess c = agents.create("c");
    List<AgentProcess> all = List.of(a, b, c);
    all.forEach(agent -> agent.start("-server", "-bootstrap-expect", "3"));
    all.forEach(AgentProcess::awaitHttp);

    unjoinedServersWarnAndNobodyLeads(all);

    CommandLine.Result join = CommandLine.at(a, "join", a.address(), b.address(), c.address());
    assertThat(join.exitCode()).as(join + agents.tails()).isZero();
    assertThat(join.out()).contains("Successfully joined cluster by contacting 3 nodes.");

    AgentProcess leader = Agents.awaitOneLeader(a, b, c);
    logsAreTheGuides(all, leader);
    Agents.awaitAllVoters(a, b, c);
    for (AgentProcess agent : all) {
      assertThat(CommandLine.at(agent, "info").out())
          .as("info of " + agent.name)
          .containsPattern("(?m)^raft:$")
          .containsPattern("(?m)^\\tnum_peers = 2$")
          .containsPattern("(?m)^\\tlast_log_index = \\d+$");
    }

    for (AgentProcess agent : all) {
      for (int i = 0; i < 10; i++) {
        agent.mustPut("guide/" + agent.name + i, "written at " + agent.name);
      }
    }
    Agents.awaitConverged(a, b, c);
    for (AgentProcess agent : all) {
      for (AgentProcess writer : all) {
        assertThat(agent.read("guide/" + writer.name + "9", false))
            .as("default read on " + agent.name + agents.tails())
            .isEqualTo("written at " + writer.name);
        assertThat(agent.read("guide/" + writer.name + "9", true))
            .as("stale read on " + agent.name + agents.tails())
            .isEqualTo("written at " + writer.name);
      }
    }
    commandsTellAboutTheCluster(all);
    for (AgentProcess agent : all) {
      assertThat(agent.foreignLines()).as("not in Consul's format, on " + agent.name).isEmpty();
      assertThat(agent.errorLines()).as("standard error of " + agent.name).isEmpty();
    }
  }

  private void unjoinedServersWarnAndNobodyLeads(List<AgentProcess> all) throws Exception {
    for (AgentProcess agent : all) {
      agent.awaitLog(
          Pattern.compile(
              "\\[WARN\\]\\s+raft: EnableSingleNode disabled, and no known peers\\. Aborting election\\."),
          AgentProcess.SOON);
      assertThat(agent.leader()).as("leader that lone " + agent.name + " sees").isEmpty();
      assertThat(agent.self().toString())
          .as("agent/self of lone " + agent.name + " says why there is no leader")
          .containsPattern("waiting for 3 servers, 1 known: " + agent.name);
    }
  }

  private void logsAreTheGuides(List<AgentProcess> all, AgentProcess leader) {
    for (AgentProcess agent : all) {
      for (AgentProcess other : all) {
        if (other != agent) {
          agent.awaitLog(
              Pattern.compile(
                  "\\[INFO\\]\\s+consul: adding server "
                      + other.name
                      + " \\(Addr: "
                      + Pattern.quote(other.serverAddress())
                      + "\\) \\(DC: dc1\\)"),
              AgentProcess.SOON);
        }
      }
    }
    String address = "127\\.0\\.\\d+\\.\\d+:8300";
    Pattern attempt =
        Pattern.compile(
            "\\[INFO\\]\\s+consul: Attempting bootstrap with nodes: \\["
                + address
                + " "
                + address
                + " "
                + address
                + "\\]");
    Await.until(
        "one of them logs the attempt with all three",
        AgentProcess.SOON,
        agents::tails,
        () ->
            all.stream()
                .flatMap(agent -> agent.log().stream())
                .anyMatch(line -> attempt.matcher(line).find()));
    leader.awaitLog(
        Pattern.compile("\\[INFO\\]\\s+consul: cluster leadership acquired"), AgentProcess.SOON);
  }

  private void commandsTellAboutTheCluster(List<AgentProcess> all) throws Exception {
    CommandLine.Result members = CommandLine.at(all.get(1), "members");
    assertThat(members.exitCode()).as(members.toString()).isZero();
    assertThat(members.out()).containsPattern("(?m)^Node +Address +Status +Type");
    for (AgentProcess agent : all) {
      assertThat(members.out())
          .as("members lists " + agent.name)
          .containsPattern(
              "(?m)^"
                  + agent.name
                  + " +"
                  + Pattern.quote(agent.address() + ":8301")
                  + " +alive +server");
    }
    // Servers that a busy machine starves may elect another leader between two questions.
    Await.until(
        "list-peers shows all as voters, and as leader the one that they see",
        AgentProcess.SOON,
        () -> CommandLine.at(all.get(2), "operator raft list-peers") + agents.tails(),
        () -> {
          String leader = all.get(2).leader();
          String peers = CommandLine.at(all.get(2), "operator raft list-peers").out();
          return all.stream().allMatch(agent -> shows(peers, agent, leader));
        });
    CommandLine.Result version = CommandLine.run("version");
    assertThat(version.exitCode()).as(version.toString()).isZero();
    assertThat(version.out()).contains("0.1.0");
  }

  private static boolean shows(String peers, AgentProcess agent, String leader) {
    boolean leads = agent.serverAddress().equals(leader);
    return Pattern.compile(
            "(?m)^"
                + agent.name
                + " .*"
                + Pattern.quote(agent.serverAddress())
                + " +"
                + (leads ? "leader" : "follower")
                + " +true")
        .matcher(peers)
        .find();
  }
}
