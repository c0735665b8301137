package org.comitia.web.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.state.Command;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutopilotRequestsTest {
  private static final String DEFAULTS =
      "{\"CleanupDeadServers\":true,\"LastContactThreshold\":\"200ms\",\"MaxTrailingLogs\":250,"
          + "\"MinQuorum\":0,\"ServerStabilizationTime\":\"0s\",\"RedundancyZoneTag\":\"\","
          + "\"DisableUpgradeMigration\":false,\"UpgradeVersionTag\":\"\",\"CreateIndex\":0,"
          + "\"ModifyIndex\":0}";

  private final MemoryCluster cluster = new MemoryCluster();
  private final AutopilotRequests requests =
      new AutopilotRequests(new Answers(cluster, new MemoryAgent(), Runnable::run), cluster);

  private static Call call(String method, String what, String query, String body) {
    String path = "/v1/operator/autopilot/" + what;
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new Call(
        Endpoint.at(path),
        method,
        "",
        QueryString.parse(query),
        bytes,
        bytes.length,
        "127.0.0.1:4711",
        path);
  }

  private static String body(CompletionStage<Reply> reply, int status) {
    assertThat(reply.toCompletableFuture()).isCompleted();
    Reply given = reply.toCompletableFuture().join();
    String text = new String(given.body(), StandardCharsets.UTF_8);
    assertThat(given.status()).as(text).isEqualTo(status);
    return text;
  }

  private String configuration() {
    return body(requests.configuration(call("GET", "configuration", "", "")), 200);
  }

  private String set(String query, String body) {
    return body(requests.set(call("PUT", "configuration", query, body)), 200);
  }

  private void raiseLevel() {
    cluster.write(Caller.ANONYMOUS, new Command.RaiseLevel(1));
    cluster.write(Caller.ANONYMOUS, new Command.RaiseLevel(2));
  }

  @Test
  void theDefaultsStandUntilSomethingIsSet() {
    assertThat(configuration()).isEqualTo(DEFAULTS);
    assertThat(body(requests.set(call("PUT", "configuration", "", "{}")), 500))
        .startsWith("COM3068: ");
    assertThat(configuration()).isEqualTo(DEFAULTS);
  }

  @Test
  void whatIsNotNamedGetsItsDefault() {
    raiseLevel();
    assertThat(
            set(
                "",
                "{\"CleanupDeadServers\":false,\"LastContactThreshold\":\"1.5s\",\"MaxTrailingLogs\":9,"
                    + "\"MinQuorum\":3,\"ServerStabilizationTime\":10000000000,"
                    + "\"RedundancyZoneTag\":\"z\",\"DisableUpgradeMigration\":true,"
                    + "\"UpgradeVersionTag\":\"v\",\"CreateIndex\":77,\"ModifyIndex\":78}"))
        .isEqualTo("true");
    assertThat(configuration())
        .isEqualTo(
            "{\"CleanupDeadServers\":false,\"LastContactThreshold\":\"1.5s\",\"MaxTrailingLogs\":9,"
                + "\"MinQuorum\":3,\"ServerStabilizationTime\":\"10s\",\"RedundancyZoneTag\":\"z\","
                + "\"DisableUpgradeMigration\":true,\"UpgradeVersionTag\":\"v\",\"CreateIndex\":3,"
                + "\"ModifyIndex\":3}");
    assertThat(set("", "{\"MinQuorum\":5}")).isEqualTo("true");
    assertThat(configuration())
        .isEqualTo(
            DEFAULTS
                .replace("\"MinQuorum\":0", "\"MinQuorum\":5")
                .replace("\"CreateIndex\":0", "\"CreateIndex\":3")
                .replace("\"ModifyIndex\":0", "\"ModifyIndex\":4"));
  }

  @Test
  void withAnIndexItIsSetOnlyIfThatIsTheNewest() {
    raiseLevel();
    assertThat(set("cas=0", "{\"MinQuorum\":3}")).isEqualTo("true");
    assertThat(set("cas=0", "{\"MinQuorum\":4}")).isEqualTo("false");
    assertThat(set("cas=3", "{\"MinQuorum\":5}")).isEqualTo("true");
    assertThat(configuration()).contains("\"MinQuorum\":5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "cas=x | {} | Error parsing cas value: strconv.ParseUint: parsing \"x\": invalid syntax",
        "`` | [] | Request decode failed: ",
        "`` | {\"LastContactThreshold\":\"soon\"} | Request decode failed: ",
        "`` | {\"LastContactThreshold\":\"-1s\"} | COM4045: LastContactThreshold must not",
        "`` | {\"MaxTrailingLogs\":-1} | Request decode failed: ",
        "`` | {\"MinQuorum\":18446744073709551615} | COM4045: MinQuorum must not be negative",
      })
  void whatIsWrongIsRefused(String query, String body, String why) {
    raiseLevel();
    assertThatThrownBy(() -> requests.set(call("PUT", "configuration", query, body)))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(why)
        .extracting(refusal -> ((Refusal) refusal).status())
        .isEqualTo(400);
  }

  @Test
  void healthIs429WhenAServerIsNotHealthy() {
    String well = body(requests.health(call("GET", "health", "", "")), 200);
    assertThat(well)
        .isEqualTo(
            "{\"Healthy\":true,\"FailureTolerance\":0,\"Servers\":[{\"ID\":\""
                + MemoryAgent.ID
                + "\",\"Name\":\"n1\",\"Address\":\"127.0.40.1:8300\",\"SerfStatus\":\"alive\","
                + "\"Version\":\"1.10.11\",\"Leader\":true,\"LastContact\":\"0s\",\"LastTerm\":2,"
                + "\"LastIndex\":0,\"Healthy\":true,\"StableSince\":\"2020-09-13T12:26:40.123Z\","
                + "\"Voter\":true}]}");
    cluster.healthy(false);
    assertThat(body(requests.health(call("GET", "health", "", "")), 429))
        .isEqualTo(well.replace("\"Healthy\":true", "\"Healthy\":false"));
    assertThat(body(requests.state(call("GET", "state", "", "")), 200))
        .startsWith("{\"Healthy\":false");
  }

  @Test
  void theStateListsServersByTheirIds() {
    assertThat(body(requests.state(call("GET", "state", "", "")), 200))
        .isEqualTo(
            "{\"Healthy\":true,\"FailureTolerance\":0,\"OptimisticFailureTolerance\":0,"
                + "\"Servers\":{\"ID\":{\"ID\":\"ID\",\"Name\":\"n1\","
                    .replace("ID\":{\"ID\":\"ID", MemoryAgent.ID + "\":{\"ID\":\"" + MemoryAgent.ID)
                + "\"Address\":\"127.0.40.1:8300\",\"NodeStatus\":\"alive\","
                + "\"Version\":\"1.10.11\",\"LastContact\":\"0s\",\"LastTerm\":2,\"LastIndex\":0,"
                + "\"Healthy\":true,\"StableSince\":\"2020-09-13T12:26:40.123Z\","
                + "\"ReadReplica\":false,\"Status\":\"leader\",\"Meta\":null,"
                + "\"NodeType\":\"voter\"}},\"Leader\":\""
                + MemoryAgent.ID
                + "\",\"Voters\":[\""
                + MemoryAgent.ID
                + "\"]}");
  }

  @Test
  void withoutALeaderNothingIsKnown() {
    cluster.fail(Failure.NO_LEADER);
    assertThat(body(requests.health(call("GET", "health", "", "")), 500))
        .isEqualTo("No cluster leader");
    assertThat(body(requests.configuration(call("GET", "configuration", "", "")), 500))
        .isEqualTo("No cluster leader");
  }
}
