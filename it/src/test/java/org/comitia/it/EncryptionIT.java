package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Agents that share a key are a cluster; who has another key, or none, does not get in. */
class EncryptionIT {
  @RegisterExtension final Agents agents = new Agents("encryption");

  @Test
  void onlyWhoHoldsTheKeyGetsIn() throws Exception {
    String key = newKey();
    List<AgentProcess> servers =
        List.of(agents.create("n1"), agents.create("n2"), agents.create("n3"));
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    flags.addAll(List.of("-retry-interval", "1s", "-config-file", file("server", key)));
    servers.forEach(server -> flags.addAll(List.of("-retry-join", server.address())));
    servers.forEach(server -> server.start(flags.toArray(String[]::new)));
    AgentProcess first = servers.get(0);
    AgentProcess client =
        agents
            .create("client")
            .start("-retry-join", first.address(), "-config-file", file("client", key));
    AgentProcess foreign =
        agents.create("foreign").start("-config-file", file("foreign", newKey()));
    AgentProcess plain = agents.create("plain").start();
    Agents.awaitLeader(servers.toArray(AgentProcess[]::new));
    Agents.awaitAllVoters(servers.toArray(AgentProcess[]::new));
    client.awaitHttp().awaitLeader();

    client.mustPut("a", "through the client");
    assertThat(servers.get(2).read("a", false)).isEqualTo("through the client");
    for (AgentProcess stranger : List.of(foreign, plain)) {
      stranger.awaitHttp();
      assertDoesNotMeet(stranger, first);
      assertDoesNotMeet(first, stranger);
    }

    for (AgentProcess member : List.of(first, client)) {
      assertThat(member.info("serf_lan", "encrypted")).isEqualTo("true");
      assertThat(member.info("serf_lan", "members")).isEqualTo("4");
      assertThat(member.self().toString()).doesNotContain(key);
      assertThat(member.log()).noneMatch(line -> line.contains(key));
    }
    assertThat(plain.info("serf_lan", "encrypted")).isEqualTo("false");
    assertThat(plain.info("serf_lan", "members")).isEqualTo("1");
  }

  private static void assertDoesNotMeet(AgentProcess from, AgentProcess to) {
    CommandLine.Result joined =
        CommandLine.run("join", "-http-addr=" + from.address() + ":8500", to.address());
    assertThat(joined.exitCode()).as(joined.toString()).isEqualTo(1);
    assertThat(joined.all()).as("the reason").contains("encrypt");
  }

  private static String newKey() {
    return CommandLine.run("keygen").all().strip();
  }

  private String file(String name, String key) throws IOException {
    Path folder = Files.createDirectories(agents.folder());
    return Files.writeString(folder.resolve(name + ".json"), "{\"encrypt\": \"" + key + "\"}")
        .toString();
  }
}
