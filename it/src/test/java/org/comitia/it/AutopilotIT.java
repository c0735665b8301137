package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A cluster that looks after itself: three servers, one of which dies, a fourth, a client agent.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AutopilotIT {
  private static final String CONFIGURATION = "/v1/operator/autopilot/configuration";

  /** Half a minute of silence, and what busy cores add to it. */
  private static final Duration CLEANED = Duration.ofSeconds(90);

  @RegisterExtension static final Agents agents = new Agents("autopilot");

  private static AgentProcess[] three;
  private static AgentProcess fourth;
  private static AgentProcess client;
  private static AgentProcess dead;
  private static Path settings;

  @BeforeAll
  static void start() throws Exception {
    settings =
        Files.writeString(
            Files.createDirectories(agents.folder()).resolve("autopilot.json"),
            "{\"autopilot\": {\"max_trailing_logs\": 300}}");
    three = new AgentProcess[] {agents.create("a"), agents.create("b"), agents.create("c")};
    fourth = agents.create("d");
    client = agents.create("client");
    for (AgentProcess agent : three) {
      start(agent, "-bootstrap-expect", "3");
    }
    client.start("-retry-join", three[0].address(), "-retry-interval", "1s");
    Agents.awaitLeader(three);
    Agents.awaitAllVoters(three);
    client.awaitLeader();
  }

  @AfterAll
  static void end() {
    three = null;
    fourth = null;
    client = null;
    dead = null;
  }

  private static void start(AgentProcess agent, String... more) {
    agent.start(
        Stream.concat(
                Stream.of(
                    "-server",
                    "-retry-join",
                    three[0].address(),
                    "-retry-join",
                    three[1].address(),
                    "-retry-join",
                    three[2].address(),
                    "-retry-interval",
                    "1s",
                    "-config-file",
                    settings.toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static void await(String what, Duration limit, Await.Condition condition) {
    Await.until(what, limit, agents::tails, condition);
  }

  private static JsonObject json(AgentProcess agent, String path) throws IOException {
    return agent.http().get(path).json().asJsonObject();
  }

  private static JsonObject health(AgentProcess agent) throws IOException {
    return json(agent, "/v1/operator/autopilot/health");
  }

  /** The names of the voters, as this agent is told. */
  private static Set<String> voters(AgentProcess agent) throws IOException {
    return json(agent, "/v1/operator/raft/configuration")
        .getJsonArray("Servers")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(server -> server.getBoolean("Voter"))
        .map(server -> server.getString("Node"))
        .collect(Collectors.toSet());
  }

  private static AgentProcess[] alive() {
    return Stream.of(three[0], three[1], three[2], fourth)
        .filter(AgentProcess::isAlive)
        .toArray(AgentProcess[]::new);
  }

  @Test
  @Order(1)
  void whatTheFirstLeadersSettingsSayIsWrittenDownOnce() throws Exception {
    await(
        "the configuration is set",
        AgentProcess.SOON,
        () -> json(client, CONFIGURATION).getInt("ModifyIndex") > 0);
    JsonObject config = json(client, CONFIGURATION);
    assertThat(config.getInt("MaxTrailingLogs")).isEqualTo(300);
    assertThat(config.getString("LastContactThreshold")).isEqualTo("200ms");
    assertThat(config.getBoolean("CleanupDeadServers")).isTrue();
    assertThat(config.getInt("CreateIndex")).isEqualTo(config.getInt("ModifyIndex"));
    assertThat(CommandLine.at(client, "operator autopilot get-config").out())
        .contains("MaxTrailingLogs = 300\n", "ServerStabilizationTime = 0s\n");
  }

  @Test
  @Order(2)
  void itIsSetOnAnyAgentAndSeenOnAll() throws Exception {
    int index = json(three[0], CONFIGURATION).getInt("ModifyIndex");
    for (AgentProcess agent : new AgentProcess[] {three[0], three[1], three[2], client}) {
      assertThat(agent.http().put(CONFIGURATION + "?cas=" + (index - 1), "{}").body())
          .isEqualTo("false");
    }
    CommandLine.Result set =
        CommandLine.at(
            client, "operator autopilot set-config", "-min-quorum=3", "-max-trailing-logs=250");
    assertThat(set.out()).as(set.toString()).isEqualTo("Configuration updated!\n");
    for (AgentProcess agent : new AgentProcess[] {three[0], three[1], three[2], client}) {
      JsonObject config = json(agent, CONFIGURATION);
      assertThat(config.getInt("MinQuorum")).isEqualTo(3);
      assertThat(config.getInt("MaxTrailingLogs")).isEqualTo(250);
      assertThat(config.getInt("CreateIndex")).isEqualTo(index);
    }
    assertThat(client.http().put(CONFIGURATION, "{\"MinQuorum\": -1}").status()).isEqualTo(400);
  }

  @Test
  @Order(3)
  void whileAllIsWellEachAgentSaysSo() {
    for (AgentProcess agent : new AgentProcess[] {three[0], three[1], three[2], client}) {
      await(
          agent.name + " says that all is well",
          AgentProcess.SOON,
          () ->
              agent.http().get("/v1/operator/autopilot/health").status() == 200
                  && health(agent).getInt("FailureTolerance") == 1
                  && health(agent).getJsonArray("Servers").size() == 3);
    }
    String state = CommandLine.at(client, "operator autopilot state").out();
    assertThat(state).startsWith("Healthy: ").contains("Status:          leader\n");
  }

  @Test
  @Order(4)
  void aServerThatIsKilledIsSeen() throws Exception {
    AgentProcess leader = Agents.awaitOneLeader(three);
    dead = Stream.of(three).filter(agent -> agent != leader).findFirst().orElseThrow();
    dead.kill();
    await(
        "the cluster is not healthy",
        AgentProcess.SOON,
        () -> client.http().get("/v1/operator/autopilot/health").status() == 429);
    assertThat(health(client).getInt("FailureTolerance")).isZero();
    List<String> ill =
        health(client).getJsonArray("Servers").getValuesAs(JsonObject.class).stream()
            .filter(server -> !server.getBoolean("Healthy"))
            .map(server -> server.getString("Name"))
            .toList();
    assertThat(ill).contains(dead.name);
    assertThat(voters(client)).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  @Order(5)
  void anotherOneTakesItsPlace() throws Exception {
    start(fourth);
    fourth.awaitHttp();
    Set<String> left =
        Stream.of("a", "b", "c", "d")
            .filter(name -> !name.equals(dead.name))
            .collect(Collectors.toSet());
    await("the dead server is out", CLEANED, () -> voters(client).equals(left));
    await(
        "all is well again",
        AgentProcess.SOON,
        () -> client.http().get("/v1/operator/autopilot/health").status() == 200);
    assertThat(health(client).getInt("FailureTolerance")).isEqualTo(1);
    assertThat(alive())
        .as("who removed it says so")
        .anyMatch(agent -> agent.logged("COM2041: removing a dead server"));
    Agents.awaitAllVoters(alive());
    Agents.awaitConverged(alive());
  }

  @Test
  @Order(6)
  void whoComesBackVotesWhenItHasBeenWellForAsLongAsIsSet() throws Exception {
    set("-server-stabilization-time=1h");
    start(dead);
    dead.awaitHttp();
    await(
        "it is a healthy server that does not vote",
        AgentProcess.SOON,
        () ->
            json(client, "/v1/operator/autopilot/state").getJsonObject("Servers").values().stream()
                .map(server -> server.asJsonObject())
                .anyMatch(
                    server ->
                        server.getString("Name").equals(dead.name)
                            && server.getString("Status").equals("non-voter")
                            && server.getBoolean("Healthy")));
    assertThat(voters(client)).doesNotContain(dead.name);
    set("-server-stabilization-time=0s");
    await("it votes", AgentProcess.SOON, () -> voters(client).size() == 4);
    assertThat(CommandLine.at(client, "operator raft list-peers").out())
        .contains("Trails Leader By")
        .contains(dead.name);
  }

  private static void set(String option) throws Exception {
    CommandLine.Result set = CommandLine.at(client, "operator autopilot set-config", option);
    assertThat(set.out()).as(set.toString()).isEqualTo("Configuration updated!\n");
  }
}
