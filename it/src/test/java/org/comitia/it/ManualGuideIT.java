package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The older guide: one server with {@code -bootstrap}, two that join it, and a graceful leave. */
class ManualGuideIT {
  private static final Pattern WAITS =
      Pattern.compile(
          "\\[WARN\\]\\s+raft: EnableSingleNode disabled, and no known peers\\. Aborting election\\.");

  @RegisterExtension final Agents agents = new Agents("manual-guide");

  @Test
  void bootstrapJoinLeaveAndComeBack() throws Exception {
    AgentProcess a = agents.create("a").start("-server", "-bootstrap");
    AgentProcess b = agents.create("b").start("-server");
    AgentProcess c = agents.create("c").start("-server");

    a.awaitLog(
        Pattern.compile("\\[INFO\\]\\s+consul: cluster leadership acquired"), AgentProcess.START);
    a.awaitLeader();
    b.awaitHttp().awaitLog(WAITS, AgentProcess.SOON);
    c.awaitHttp().awaitLog(WAITS, AgentProcess.SOON);
    assertThat(b.leader()).as("leader that lone b sees").isEmpty();
    a.mustPut("before", "join");

    joinFromEitherSide(a, b, c);
    leaveGracefully(a, b, c);
    comeBackAndCatchUp(a, b, c);
  }

  private void joinFromEitherSide(AgentProcess a, AgentProcess b, AgentProcess c) throws Exception {
    for (CommandLine.Result join :
        new CommandLine.Result[] {
          CommandLine.at(b, "join", a.address()), CommandLine.at(a, "join", c.address())
        }) {
      assertThat(join.exitCode()).as(join + agents.tails()).isZero();
      assertThat(join.out()).contains("Successfully joined cluster by contacting 1 nodes.");
    }
    for (AgentProcess added : new AgentProcess[] {b, c}) {
      awaitAdded(added, a, b, c);
    }
    Agents.awaitAllVoters(a, b, c);
    Agents.awaitOneLeader(a, b, c);
    assertThat(c.read("before", false)).as("read through c").isEqualTo("join");
  }

  /** The leader says so: on a busy machine it may be another one than a by then. */
  private void awaitAdded(AgentProcess added, AgentProcess... servers) {
    Pattern line =
        Pattern.compile(
            "\\[INFO\\]\\s+raft: Added peer "
                + Pattern.quote(added.serverAddress())
                + ", starting replication");
    Await.until(
        "one of the servers logs `" + line + "`",
        AgentProcess.SOON,
        agents::tails,
        () ->
            Arrays.stream(servers)
                .flatMap(server -> server.log().stream())
                .anyMatch(logged -> line.matcher(logged).find()));
  }

  private void leaveGracefully(AgentProcess a, AgentProcess b, AgentProcess c) throws Exception {
    a.signal("INT");
    assertThat(a.awaitExit(AgentProcess.STOP)).as("exit code of a\n" + agents.tails()).isZero();
    assertThat(a.processesOnDataDir()).as("processes that a left behind").isEmpty();

    Agents.awaitOneLeader(b, c);
    Agents.awaitAllVoters(b, c);
    for (AgentProcess left : new AgentProcess[] {b, c}) {
      left.mustPut("while-away/" + left.name, "written without a");
      Await.until(
          "members on " + left.name + " calls a left",
          AgentProcess.SOON,
          agents::tails,
          () ->
              Pattern.compile("(?m)^a +\\S+ +left +server")
                  .matcher(CommandLine.at(left, "members").out())
                  .find());
    }
  }

  private void comeBackAndCatchUp(AgentProcess a, AgentProcess b, AgentProcess c) throws Exception {
    a.start("-server").awaitHttp();
    assertThat(a.leader()).as("who has left waits to be joined\n" + a.tail()).isEmpty();

    CommandLine.Result join = CommandLine.at(a, "join", b.address());
    assertThat(join.exitCode()).as(join + agents.tails()).isZero();
    Agents.awaitAllVoters(a, b, c);
    Agents.awaitOneLeader(a, b, c);
    Agents.awaitConverged(a, b, c);
    for (boolean stale : new boolean[] {true, false}) {
      assertThat(a.read("before", stale)).as("on a\n" + a.tail()).isEqualTo("join");
      assertThat(a.read("while-away/b", stale)).as("on a\n" + a.tail()).isNotNull();
      assertThat(a.read("while-away/c", stale)).as("on a\n" + a.tail()).isNotNull();
    }
  }
}
