package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One cluster of three through kills, freezes and restarts under write load. Two rounds; ten with
 * {@code -Dit.full=true}.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChaosIT {
  @RegisterExtension static final Agents agents = new Agents("chaos");

  private static final int ROUNDS = Distribution.FULL ? 10 : 2;
  private static final Duration FREEZE = Duration.ofSeconds(Distribution.FULL ? 30 : 10);
  private static final Duration GO_ON = Duration.ofSeconds(20);

  private static AgentProcess[] all;

  @BeforeAll
  static void startThree() {
    all = new AgentProcess[] {agents.create("a"), agents.create("b"), agents.create("c")};
    for (AgentProcess agent : all) {
      start(agent);
    }
    Agents.awaitLeader(all);
    Agents.awaitAllVoters(all);
  }

  private static AgentProcess start(AgentProcess agent) {
    return agent.start(
        "-server",
        "-bootstrap-expect",
        "3",
        "-retry-interval",
        "1s",
        "-retry-join",
        all[0].address(),
        "-retry-join",
        all[1].address(),
        "-retry-join",
        all[2].address());
  }

  private static AgentProcess follower() {
    AgentProcess leader = Agents.awaitOneLeader(all);
    return Arrays.stream(all).filter(agent -> agent != leader).findFirst().orElseThrow();
  }

  private static void awaitWhole() {
    Agents.awaitLeader(all);
    Agents.awaitOneLeader(all);
    Agents.awaitAllVoters(all);
  }

  @Test
  @Order(1)
  void killsAndFreezesLoseNoAcknowledgedWrite() {
    for (int round = 1; round <= ROUNDS; round++) {
      try (WriteLoad load = WriteLoad.start("chaos" + round, WriteLoad.OnFailure.NEXT_KEY, all)) {
        load.awaitMore(50, GO_ON, "at the start of round " + round);
        killFollower(load);
        freezeFollower(load);
        killLeader(load);
        killAll(load);
        load.awaitMore(50, GO_ON, "at the end of round " + round);
        load.stop();
        awaitWhole();
        load.verify(all);
      }
    }
  }

  private void killFollower(WriteLoad load) {
    AgentProcess follower = follower();
    follower.kill();
    assertThat(follower.processesOnDataDir()).as("orphans of " + follower.name).isEmpty();
    load.awaitMore(50, GO_ON, "without follower " + follower.name);
    start(follower).awaitLeader();
    awaitWhole();
  }

  /** Writes go on at full length while a follower neither answers nor closes its sockets. */
  private void freezeFollower(WriteLoad load) {
    AgentProcess follower = follower();
    follower.signal("STOP");
    try {
      long thaw = System.nanoTime() + FREEZE.toNanos();
      while (System.nanoTime() < thaw) {
        load.awaitMore(20, GO_ON, "while " + follower.name + " is frozen");
      }
    } finally {
      follower.signal("CONT");
    }
    awaitWhole();
    load.awaitMore(20, GO_ON, "after " + follower.name + " was thawed");
  }

  private void killLeader(WriteLoad load) {
    AgentProcess leader = Agents.awaitOneLeader(all);
    leader.kill();
    load.awaitMore(50, GO_ON, "without the old leader " + leader.name);
    start(leader).awaitLeader();
    awaitWhole();
  }

  private void killAll(WriteLoad load) {
    for (AgentProcess agent : all) {
      agent.signal("KILL");
    }
    for (AgentProcess agent : all) {
      agent.awaitExit(Duration.ofSeconds(10));
      start(agent);
    }
    awaitWhole();
    load.awaitMore(50, GO_ON, "after all three were killed at once");
  }

  @Test
  @Order(2)
  void rollingRestartFailsNoWriteThatIsTriedOnceMoreElsewhere() {
    Agents.awaitOneLeader(all);
    try (WriteLoad load =
        WriteLoad.start("rolling", WriteLoad.OnFailure.RETRY_ONCE_ELSEWHERE, all)) {
      load.awaitMore(50, GO_ON, "before the rolling restart");
      for (AgentProcess agent : all) {
        agent.signal("TERM");
        agent.awaitExit(AgentProcess.STOP);
        load.awaitMore(50, GO_ON, "while " + agent.name + " is down");
        start(agent).awaitLeader();
        awaitWhole();
      }
      load.awaitMore(50, GO_ON, "after the rolling restart");
      load.stop();
      assertThat(load.givenUp())
          .as("failed writes; " + load.failures() + "\n" + agents.tails())
          .isZero();
      load.verify(all);
    }
  }

  @Test
  @Order(3)
  void interruptingAllAtOnceAndStartingAgainIsTheSameCluster() throws Exception {
    Agents.awaitOneLeader(all);
    all[0].mustPut("interrupted/before", "kept");
    Agents.awaitConverged(all);
    long term = Long.parseLong(all[0].info("raft", "term"));
    long index = Long.parseLong(all[0].info("raft", "last_log_index"));
    for (AgentProcess agent : all) {
      agent.signal("INT");
    }
    for (AgentProcess agent : all) {
      assertThat(agent.awaitExit(AgentProcess.STOP)).as(agent.tail()).isIn(0, 1);
    }
    for (AgentProcess agent : all) {
      start(agent);
    }
    awaitWhole();
    for (AgentProcess agent : all) {
      assertThat(agent.read("interrupted/before", false)).as(agent.tail()).isEqualTo("kept");
      assertThat(Long.parseLong(agent.info("raft", "term"))).as("term goes on").isGreaterThan(term);
      assertThat(Long.parseLong(agent.info("raft", "last_log_index")))
          .as("the log goes on")
          .isGreaterThan(index);
      assertThat(agent.logged("Attempting bootstrap")).as("a second bootstrap").isFalse();
    }
    all[1].mustPut("interrupted/after", "goes on");
  }
}
