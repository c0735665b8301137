package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Logs are cut behind the saved tables, and whoever needs what is gone fetches the state. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LogEndIT {
  private static final int WRITES = 200;

  @RegisterExtension static final Agents agents = new Agents("log-end");

  private static AgentProcess[] all;
  private static Path settings;

  @BeforeAll
  static void start() throws Exception {
    settings =
        Files.writeString(
            Files.createDirectories(agents.folder()).resolve("log-end.json"),
            "{\"raft_trailing_logs\": 20, \"raft_snapshot_threshold\": 20,"
                + " \"raft_snapshot_interval\": \"1s\"}");
    all = new AgentProcess[] {agents.create("a"), agents.create("b"), agents.create("c")};
    for (AgentProcess agent : all) {
      start(agent);
    }
    for (AgentProcess agent : all) {
      agent.awaitHttp();
    }
    Agents.awaitOneLeader(all);
    Agents.awaitAllVoters(all);
    for (AgentProcess agent : all) {
      agent.awaitInfo("raft", "feature_level", "3"); // logs may be cut from 1 on
    }
  }

  @AfterAll
  static void end() {
    all = null;
  }

  private static void start(AgentProcess agent) {
    agent.start(
        "-server",
        "-bootstrap-expect",
        "3",
        "-retry-join",
        all[0].address(),
        "-retry-join",
        all[1].address(),
        "-retry-interval",
        "1s",
        "-config-file",
        settings.toString());
  }

  /** Writes keys and waits until the logs of all who run begin behind most of them. */
  private static void writeAndAwaitCut(String prefix, AgentProcess... running) throws Exception {
    AgentProcess leader = Agents.awaitOneLeader(running);
    for (int i = 0; i < WRITES; i++) {
      leader.mustPut(prefix + i, "v" + i);
    }
    long written = Long.parseLong(leader.info("raft", "applied_index"));
    for (AgentProcess agent : running) {
      Await.until(
          agent.name + " has cut its log",
          AgentProcess.SOON,
          agents::tails,
          () -> Long.parseLong(agent.info("raft", "last_snapshot_index")) > written - WRITES / 2);
    }
  }

  private static AgentProcess follower() {
    AgentProcess leader = Agents.awaitOneLeader(all);
    return Stream.of(all).filter(agent -> agent != leader).findFirst().orElseThrow();
  }

  private static AgentProcess[] but(AgentProcess one) {
    return Stream.of(all).filter(agent -> agent != one).toArray(AgentProcess[]::new);
  }

  private static void hasAll(AgentProcess agent, String prefix) throws IOException {
    for (int i : new int[] {0, WRITES / 2, WRITES - 1}) {
      assertThat(agent.read(prefix + i, true)).as(agent.tail()).isEqualTo("v" + i);
    }
  }

  private static void awaitReady(AgentProcess agent) {
    Await.until(
        agent.name + " is ready",
        AgentProcess.SOON,
        agents::tails,
        () -> agent.http().get("/health/ready").status() == 200);
  }

  @Test
  @Order(1)
  void whoWasAwayTooLongGoesOnFromASnapshot() throws Exception {
    AgentProcess away = follower();
    away.kill();
    writeAndAwaitCut("away/", but(away));
    start(away);
    away.awaitHttp();
    away.awaitLog("snapshot installed: index=", AgentProcess.SOON);
    Agents.awaitConverged(all);
    hasAll(away, "away/");
    awaitReady(away);
  }

  @Test
  @Order(2)
  void aNewStoreIsFilledByASnapshot() throws Exception {
    AgentProcess wiped = follower();
    wiped.kill();
    deleteRaft(wiped, "");
    writeAndAwaitCut("wiped/", but(wiped));
    start(wiped);
    wiped.awaitHttp();
    Agents.awaitAllVoters(all);
    Agents.awaitConverged(all);
    hasAll(wiped, "away/");
    hasAll(wiped, "wiped/");
  }

  @Test
  @Order(3)
  void lostTablesComeFromTheLeader() throws Exception {
    AgentProcess poor = follower();
    writeAndAwaitCut("tables/", all);
    poor.kill();
    deleteRaft(poor, "catalog.db");
    start(poor);
    poor.awaitHttp();
    Agents.awaitConverged(all);
    hasAll(poor, "tables/");
    hasAll(poor, "away/");
    awaitReady(poor);
  }

  @Test
  @Order(4)
  void aClusterStartsFromCutLogs() throws Exception {
    for (AgentProcess agent : all) {
      agent.kill();
    }
    for (AgentProcess agent : all) {
      start(agent);
    }
    for (AgentProcess agent : all) {
      agent.awaitHttp();
    }
    AgentProcess leader = Agents.awaitOneLeader(all);
    leader.mustPut("last", "v");
    Agents.awaitConverged(all);
    for (AgentProcess agent : all) {
      hasAll(agent, "away/");
      hasAll(agent, "tables/");
      assertThat(agent.read("last", true)).isEqualTo("v");
    }
  }

  private static void deleteRaft(AgentProcess agent, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(agent.dataDir().resolve("raft"))) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith(prefix)).toList()) {
        Files.delete(file);
      }
    }
  }
}
