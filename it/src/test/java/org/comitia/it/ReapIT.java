package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of the node of an agent that does not come back. */
class ReapIT {
  @RegisterExtension final Agents agents = new Agents("reap");

  @Test
  void aFailedAgentIsForgottenAndItsNodeReapedButNoNodeRegisteredByHand() throws Exception {
    Path config = agents.folder().resolve("reconnect.json");
    Files.createDirectories(agents.folder());
    Files.writeString(config, "{\"reconnect_timeout\": \"8s\"}");
    AgentProcess server = agents.create("server");
    AgentProcess dies = agents.create("dies");
    server.start("-server", "-bootstrap", "-config-file", config.toString());
    String[] joins = {
      "-retry-join", server.address(), "-retry-interval", "1s", "-config-file", config.toString()
    };
    dies.start(joins);
    server.awaitLeader();
    dies.awaitLeader();
    Await.until(
        "the client is registered",
        AgentProcess.SOON,
        agents::tails,
        () -> nodes(server).contains("\"Node\":\"dies\""));
    String byHand = "{\"Node\":\"by-hand\",\"Address\":\"10.0.0.1\"}";
    assertThat(server.http().put("/v1/catalog/register", byHand).body()).isEqualTo("true");

    dies.kill();
    Await.until(
        "its node is reaped",
        Duration.ofSeconds(90),
        agents::tails,
        () -> !nodes(server).contains("\"Node\":\"dies\""));
    server.awaitLog("deregistering member: member=dies reason=reaped", AgentProcess.SOON);
    assertThat(server.http().get("/v1/agent/members").body()).doesNotContain("\"dies\"");
    assertThat(nodes(server)).contains("\"Node\":\"by-hand\"", "\"Node\":\"server\"");

    dies.start(joins).awaitLeader();
    Await.until(
        "it is registered again",
        AgentProcess.SOON,
        agents::tails,
        () -> nodes(server).contains("\"Node\":\"dies\""));
  }

  private static String nodes(AgentProcess server) throws IOException {
    return server.http().get("/v1/catalog/nodes").json().toString();
  }
}
