package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Client agents: before any server, with servers, dying and leaving. */
class ClientAgentIT {
  @RegisterExtension final Agents agents = new Agents("client-agent");

  @Test
  void clientsComeBeforeServersDieAndLeave() throws Exception {
    AgentProcess server = agents.create("server");
    AgentProcess dies = agents.create("dies");
    AgentProcess leaves = agents.create("leaves");
    for (AgentProcess client : new AgentProcess[] {dies, leaves}) {
      client.start("-retry-join", server.address(), "-retry-interval", "1s");
    }
    for (AgentProcess client : new AgentProcess[] {dies, leaves}) {
      client.awaitHttp();
      localEndpointsAnswerAndTheOthersSayWhyNot(client);
    }

    server.start("-server", "-bootstrap").awaitLeader();
    for (AgentProcess client : new AgentProcess[] {dies, leaves}) {
      client.awaitLeader();
      awaitSerfHealth(server, client, "passing");
      assertThat(nodes(server)).as("catalog").contains("\"Node\":\"" + client.name + "\"");
      forwardsReadsAndWrites(client, server);
    }
    assertThat(leaves.info("consul", "server")).as("info of a client").isEqualTo("false");
    assertThat(leaves.self().getJsonObject("Stats"))
        .as("info of a client")
        .doesNotContainKey("raft");
    assertThat(leaves.dataDir().resolve("raft")).as("a client keeps no log").doesNotExist();

    dies.kill();
    awaitSerfHealth(server, dies, "critical");

    leaves.signal("INT");
    assertThat(leaves.awaitExit(AgentProcess.STOP)).as(leaves.tail()).isZero();
    Await.until(
        "`leaves` disappears from the catalog",
        AgentProcess.SOON,
        agents::tails,
        () -> !nodes(server).contains("\"Node\":\"leaves\""));
    assertThat(nodes(server)).as("a dead client stays").contains("\"Node\":\"dies\"");
  }

  private void localEndpointsAnswerAndTheOthersSayWhyNot(AgentProcess client) throws IOException {
    assertThat(client.http().get("/v1/agent/members").status()).as(client.tail()).isEqualTo(200);
    for (String path : new String[] {"/v1/kv/a", "/v1/catalog/nodes"}) {
      Http.Answer answer = client.http().get(path);
      assertThat(answer.status()).as(path + " on " + client.name + client.tail()).isEqualTo(500);
      assertThat(answer.body()).as(path).contains("No known Consul servers");
    }
  }

  private void forwardsReadsAndWrites(AgentProcess client, AgentProcess server) throws IOException {
    client.mustPut("via/" + client.name, "forwarded");
    assertThat(client.read("via/" + client.name, false)).as(client.tail()).isEqualTo("forwarded");
    assertThat(client.read("via/" + client.name, true)).as(client.tail()).isEqualTo("forwarded");
    assertThat(server.read("via/" + client.name, false)).as(server.tail()).isEqualTo("forwarded");
    Http.Answer missing = client.http().get("/v1/kv/no/such/key");
    assertThat(missing.status()).as("a missing key through " + client.name).isEqualTo(404);
  }

  private void awaitSerfHealth(AgentProcess server, AgentProcess of, String status) {
    Await.until(
        "serfHealth of " + of.name + " is " + status,
        Duration.ofSeconds(45),
        agents::tails,
        () -> {
          JsonArray checks = server.http().get("/v1/health/node/" + of.name).json().asJsonArray();
          for (JsonObject check : checks.getValuesAs(JsonObject.class)) {
            if (check.getString("CheckID").equals("serfHealth")) {
              return check.getString("Status").equals(status);
            }
          }
          return false;
        });
  }

  private static String nodes(AgentProcess server) throws IOException {
    return server.http().get("/v1/catalog/nodes").json().toString();
  }
}
