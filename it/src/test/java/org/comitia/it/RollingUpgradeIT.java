package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * This build and the one before there were feature levels, in one cluster and on one data
 * directory, as docs/operations.md says under Upgrade. The long form ({@code -Dit.full=true}) holds
 * the level in the cluster too, and goes back from there.
 */
class RollingUpgradeIT {
  @RegisterExtension final Agents agents = new Agents("rolling-upgrade");

  private static final Duration GO_ON = Duration.ofSeconds(20);
  private static final String LEVEL = "feature_level";

  private static Path present;
  private static Path before;
  private static Path held;

  @BeforeAll
  static void assembleTheBuildBefore() throws Exception {
    Path folder = Distribution.workFolder("build-before");
    present = Distribution.home();
    before = BuildBefore.assemble(folder).home();
    held = Files.writeString(folder.resolve("held.json"), "{\"feature_level_max\": 0}");
  }

  // --- one server's data ---

  @Test
  void itsDataIsReadAndGoesBackUntilTheLevelRises() throws Exception {
    Path saved = BuildBefore.saved(agents.folder().resolve("saved"));
    AgentProcess server = agents.create("before");
    Files.move(saved.resolve("data"), server.dataDir());

    startAlone(server, present, "-config-file", held.toString());
    answersAre(saved.resolve("answers"), server);
    assertThat(server.info("raft", LEVEL)).isEqualTo("0");
    assertThat(server.info("raft", LEVEL + "_held_by")).isEqualTo("feature_level_max (0)");
    server.mustPut("later/present", "by the present build");
    stop(server);

    startAlone(server, before);
    assertThat(server.read("later/present", false)).isEqualTo("by the present build");
    server.mustPut("later/before", "by the build before");
    stop(server);

    startAlone(server, present);
    server.awaitInfo("raft", LEVEL, server.info("raft", LEVEL + "_known"));
    assertThat(server.read("later/before", false)).isEqualTo("by the build before");
    stop(server);

    server.replaceBy(before).start("-server", "-bootstrap");
    assertThat(server.awaitExit(AgentProcess.START)).as(server.tail()).isEqualTo(1);
    assertThat(server.logged("COM1017")).as(server.tail()).isTrue();
  }

  private static void startAlone(AgentProcess server, Path home, String... more) {
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap"));
    flags.addAll(List.of(more));
    server.replaceBy(home).start(flags.toArray(String[]::new)).awaitLeader();
    awaitReady(server);
  }

  /** What the build before had answered, before it was killed. */
  private static void answersAre(Path answers, AgentProcess server) throws IOException {
    List<String> paths = Files.readAllLines(answers.resolve("paths.tsv"));
    assertThat(paths).isNotEmpty();
    for (String line : paths) {
      String[] fileAndPath = line.split("\t");
      String then = Files.readString(answers.resolve(fileAndPath[0]));
      String now = server.http().get("/v1/" + fileAndPath[1]).body();
      assertThat(json(now)).as(fileAndPath[1]).isEqualTo(json(then));
    }
  }

  private static JsonValue json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readValue();
    }
  }

  // --- a cluster ---

  @Test
  void aClusterIsUpgradedAndGoesBackUnderLoad() throws Exception {
    AgentProcess[] all = {agents.create("a"), agents.create("b"), agents.create("c")};
    for (AgentProcess agent : all) {
      start(agent, before, all);
    }
    Agents.awaitLeader(all);
    awaitWhole(all);
    WriteLoad.OnFailure once = WriteLoad.OnFailure.RETRY_ONCE_ELSEWHERE;
    try (WriteLoad load = WriteLoad.start("upgrade", once, all)) {
      load.awaitMore(50, GO_ON, "before the upgrade");
      upgradeTwoAndGoBack(load, all);
      if (Distribution.FULL) {
        upgradeHeldAndRelease(load, all);
      } else {
        upgrade(load, all);
      }
      for (AgentProcess agent : all) {
        agent.awaitInfo("raft", LEVEL, agent.info("raft", LEVEL + "_known"));
      }
      load.awaitMore(50, GO_ON, "at the risen level");
      load.stop();
      System.out.println(
          load.acknowledged() + " writes, " + load.retried() + " of them tried once more");
      assertThat(load.givenUp())
          .as("writes that failed twice; " + load.failures() + "\n" + agents.tails())
          .isZero();
      load.verify(all);
    }
  }

  private void upgradeTwoAndGoBack(WriteLoad load, AgentProcess... all) throws Exception {
    AgentProcess[] order = leaderLast(all);
    replace(order[0], present, load, all);
    replace(order[1], present, load, all);
    for (AgentProcess upgraded : List.of(order[0], order[1])) {
      assertThat(upgraded.info("raft", LEVEL)).as(upgraded.tail()).isEqualTo("0");
    }
    replace(order[1], before, load, all);
    replace(order[0], before, load, all);
  }

  private void upgrade(WriteLoad load, AgentProcess... all) throws Exception {
    AgentProcess[] order = leaderLast(all);
    replace(order[0], present, load, all);
    replace(order[1], present, load, all);
    assertThat(order[0].info("raft", LEVEL)).as(order[0].tail()).isEqualTo("0");
    assertThat(order[1].info("raft", LEVEL)).as(order[1].tail()).isEqualTo("0");
    replace(order[2], present, load, all);
  }

  /** All of this build, with the level of before; one goes back from there. */
  private void upgradeHeldAndRelease(WriteLoad load, AgentProcess... all) throws Exception {
    String[] hold = {"-config-file", held.toString()};
    for (AgentProcess agent : leaderLast(all)) {
      replace(agent, present, load, all, hold);
    }
    AgentProcess leader = Agents.awaitOneLeader(all);
    leader.awaitInfo("raft", LEVEL + "_held_by", "feature_level_max (0)");
    AgentProcess back = leaderLast(all)[0];
    replace(back, before, load, all);
    replace(back, present, load, all, hold);
    for (AgentProcess agent : leaderLast(all)) {
      assertThat(agent.info("raft", LEVEL)).as(agent.tail()).isEqualTo("0");
      replace(agent, present, load, all);
    }
  }

  private static AgentProcess[] leaderLast(AgentProcess... all) {
    AgentProcess leader = Agents.awaitOneLeader(all);
    List<AgentProcess> order =
        new ArrayList<>(Arrays.stream(all).filter(agent -> agent != leader).toList());
    order.add(leader);
    return order.toArray(AgentProcess[]::new);
  }

  private void replace(
      AgentProcess agent, Path home, WriteLoad load, AgentProcess[] all, String... more)
      throws IOException {
    stop(agent);
    load.awaitMore(20, GO_ON, "while " + agent.name + " is away");
    start(agent, home, all, more);
    awaitWhole(all);
    boolean knowsLevels = agent.info("raft", LEVEL + "_known") != null;
    assertThat(knowsLevels).as("which build runs").isEqualTo(home.equals(present));
    load.awaitMore(20, GO_ON, "after " + agent.name + " came back");
  }

  private static void stop(AgentProcess agent) {
    agent.signal("TERM");
    assertThat(agent.awaitExit(AgentProcess.STOP)).as(agent.tail()).isZero();
  }

  private static void start(AgentProcess agent, Path home, AgentProcess[] all, String... more) {
    List<String> flags =
        new ArrayList<>(List.of("-server", "-bootstrap-expect", "3", "-retry-interval", "1s"));
    for (AgentProcess server : all) {
      flags.addAll(List.of("-retry-join", server.address()));
    }
    flags.addAll(List.of(more));
    agent.replaceBy(home).start(flags.toArray(String[]::new));
  }

  /** Before the next one may be stopped. */
  private static void awaitWhole(AgentProcess... all) {
    Agents.awaitLeader(all);
    Agents.awaitOneLeader(all);
    Agents.awaitAllVoters(all);
    for (AgentProcess agent : all) {
      awaitReady(agent);
    }
  }

  private static void awaitReady(AgentProcess agent) {
    Await.until(
        agent.name + " is ready",
        AgentProcess.SOON,
        agent::tail,
        () -> agent.http().get("/health/ready").status() == 200);
  }
}
