package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Agents with certificates of one authority are a cluster, and only who has a server's is a server
 * in it.
 */
class CertificatesIT {
  private static final String SERVER = "server.dc1.consul";
  private static final String CLIENT = "client.dc1.consul";

  @RegisterExtension final Agents agents = new Agents("certificates");

  @Test
  void onlyWhoHasAServersCertificateIsAServer() throws Exception {
    KeytoolAuthority ours = new KeytoolAuthority(agents.folder(), "ours");
    KeytoolAuthority others = new KeytoolAuthority(agents.folder(), "others");
    AgentProcess first = agents.create("n1");
    AgentProcess second = agents.create("n2");
    AgentProcess third = agents.create("n3");
    AgentProcess intruder = agents.create("intruder");
    AgentProcess foreign = agents.create("foreign");

    // Three that say they are servers, and one of them is none: they are not enough to begin.
    startServer(first, ours.configuration("n1", SERVER), first);
    startServer(second, ours.configuration("n2", SERVER), first);
    startServer(intruder, ours.configuration("intruder", CLIENT), first);
    for (AgentProcess server : List.of(first, second)) {
      server.awaitHttp().awaitLog("COM3114: intruder says that it is a server", AgentProcess.SOON);
      assertThat(server.leader()).isEmpty();
      assertThat(server.log()).noneMatch(line -> line.contains("Attempting bootstrap"));
    }
    startServer(third, ours.configuration("n3", SERVER), first);
    Agents.awaitLeader(first, second, third);
    Agents.awaitAllVoters(first, second, third);
    AgentProcess client =
        agents
            .create("client")
            .start(
                "-retry-join",
                first.address(),
                "-config-file",
                ours.configuration("client", CLIENT).toString());
    client.awaitHttp().awaitLeader();
    client.mustPut("a", "through the client");
    assertThat(third.read("a", false)).isEqualTo("through the client");

    third.awaitLog("COM3114: intruder says that it is a server", AgentProcess.SOON);
    assertThat(servers(first)).containsExactlyInAnyOrder("n1", "n2", "n3");
    assertThat(intruder.info("raft", "num_peers")).isEqualTo("0");
    assertThat(first.info("serf_lan", "members")).isEqualTo("5");
    assertThat(first.info("serf_lan", "encrypted")).isEqualTo("true");

    foreign.start("-config-file", others.configuration("foreign", SERVER).toString()).awaitHttp();
    assertDoesNotMeet(foreign, first);
    assertDoesNotMeet(first, foreign);
    assertThat(foreign.info("serf_lan", "members")).isEqualTo("1");
  }

  private static void startServer(AgentProcess server, Path configuration, AgentProcess first) {
    server.start(
        "-server",
        "-bootstrap-expect=3",
        "-retry-interval",
        "1s",
        "-retry-join",
        first.address(),
        "-config-file",
        configuration.toString());
  }

  private static List<String> servers(AgentProcess agent) throws Exception {
    List<String> names = new ArrayList<>();
    for (JsonValue server :
        agent
            .http()
            .get("/v1/operator/raft/configuration")
            .json()
            .asJsonObject()
            .getJsonArray("Servers")) {
      names.add(server.asJsonObject().getString("Node"));
    }
    return names;
  }

  private static void assertDoesNotMeet(AgentProcess from, AgentProcess to) {
    CommandLine.Result joined =
        CommandLine.run("join", "-http-addr=" + from.address() + ":8500", to.address());
    assertThat(joined.exitCode()).as(joined.toString()).isEqualTo(1);
    assertThat(joined.all()).as("the reason").contains("certificates");
  }
}
