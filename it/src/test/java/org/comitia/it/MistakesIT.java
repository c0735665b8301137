package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people get wrong: a clear error, exit code 1 where Consul exits, nothing damaged. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MistakesIT {
  @RegisterExtension final Agents agents = new Agents("mistakes");

  /** Refused before anything is started. */
  static Stream<Arguments> wrongCommandLines() {
    return Stream.of(
        wrong("'bootstrap = true' requires 'server = true'", "-bootstrap"),
        wrong("'bootstrap_expect > 0' requires 'server = true'", "-bootstrap-expect", "3"),
        wrong(
            "'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive",
            "-server",
            "-bootstrap",
            "-bootstrap-expect=3"),
        wrong(
            "bootstrap_expect cannot be -1. Must be greater than or equal to zero",
            "-server",
            "-bootstrap-expect=-1"),
        wrong("'bootstrap_expect > 0' not allowed in dev mode", "-dev", "-bootstrap-expect", "3"),
        wrong("-no-such-option", "-server", "-no-such-option"),
        wrong("three", "-server", "-bootstrap-expect", "three"),
        wrong("eightyfive", "-server", "-http-port", "eightyfive"),
        wrong("99999", "-server", "-server-port", "99999"),
        wrong("soon", "-server", "-retry-interval", "soon"),
        wrong("999.1.1.1", "-server", "-bind", "999.1.1.1"),
        wrong("not-a-uuid", "-server", "-node-id", "not-a-uuid"));
  }

  private static Arguments wrong(String message, String... flags) {
    return Arguments.of(List.of(flags), message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongCommandLines")
  @Order(1)
  void wrongFlagsAreRefused(List<String> flags, String message) {
    Path dataDir = agents.folder().resolve("never");
    List<String> all = new ArrayList<>(List.of("agent"));
    if (!flags.contains("-dev")) {
      all.addAll(List.of("-data-dir", dataDir.toString()));
    }
    if (!flags.contains("-bind")) {
      all.addAll(List.of("-bind", "127.0.0.1"));
    }
    all.addAll(flags);
    CommandLine.Result result = CommandLine.run(all.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
    assertThat(result.all()).contains(message);
    assertThat(dataDir.resolve("raft")).as("nothing was made").doesNotExist();
  }

  @Test
  @Order(2)
  void unusableDataDirectoriesAndFilesAreRefused() throws IOException {
    Files.createDirectories(agents.folder());
    CommandLine.Result none = CommandLine.run("agent", "-server", "-bind", "127.0.0.1");
    assertThat(none.exitCode()).as(none.toString()).isEqualTo(1);
    assertThat(none.all()).contains("data_dir cannot be empty");

    Path file = Files.writeString(agents.folder().resolve("a-file"), "not a folder");
    for (String dir : new String[] {file.toString(), "/proc/comitia"}) {
      CommandLine.Result result =
          CommandLine.run("agent", "-server", "-bind", "127.0.0.1", "-data-dir", dir);
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
      assertThat(result.all()).contains(dir);
    }
    assertThat(file).hasContent("not a folder");

    Path broken = Files.writeString(agents.folder().resolve("broken.json"), "{\"server\": tru");
    CommandLine.Result result =
        CommandLine.run(
            "agent",
            "-bind",
            "127.0.0.1",
            "-data-dir",
            agents.folder().resolve("x").toString(),
            "-config-file",
            broken.toString());
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
    assertThat(result.all()).contains("broken.json");
  }

  @Test
  @Order(3)
  void portsInUseAreNamed() throws IOException {
    for (int port : new int[] {8300, 8301, 8500}) {
      AgentProcess agent = agents.create("port" + port);
      try (ServerSocket taken = new ServerSocket()) {
        taken.bind(new InetSocketAddress(InetAddress.getByName(agent.address()), port));
        agent.start("-server", "-bootstrap");
        assertThat(agent.awaitExit(AgentProcess.START)).as(agent.tail()).isEqualTo(1);
        assertThat(agent.log())
            .as("it names the port\n" + agent.tail())
            .anyMatch(line -> line.contains(agent.address() + ":" + port));
      }
    }
  }

  /** A healthy server is asked to take in everything that does not belong to it. */
  @Test
  @Order(4)
  void strangersAreTurnedAwayAndTheServerGoesOn() throws Exception {
    Path config = agents.folder().resolve("conf.json");
    Files.createDirectories(agents.folder());
    Files.writeString(
        config,
        "{\"server\": true, \"bootstrap\": true, \"no_such_key\": 1,"
            + " \"disable_update_check\": true, \"performance\": {\"raft_multiplier\": 1}}");
    AgentProcess a = agents.create("a").start("-config-file", config.toString()).awaitLeader();
    a.awaitLog("no_such_key", AgentProcess.SOON);
    a.mustPut("mine", "still");
    String id = a.self().getJsonObject("Config").getString("NodeID");

    sameDataDirectory(a);

    AgentProcess sameName = agents.create("a2");
    AgentProcess sameId = agents.create("other-id");
    AgentProcess elsewhere = agents.create("elsewhere");
    sameName.start("-server", "-node", "a", "-join", a.address());
    sameId.start("-server", "-node-id", id, "-join", a.address());
    elsewhere.start("-server", "-datacenter", "dc2", "-join", a.address());
    refuses(sameName, Pattern.compile("(?i)Member 'a' .*name"));
    refuses(sameId, Pattern.compile("(?i)(node.?id|conflict).*" + id));
    refuses(elsewhere, Pattern.compile("(?i)wrong datacenter|datacenter.*dc[12]"));

    assertThat(a.leader()).as(a.tail()).isEqualTo(a.serverAddress());
    assertThat(a.read("mine", false)).as("on a").isEqualTo("still");
    assertThat(a.info("raft", "num_peers")).as("peers of a").isEqualTo("0");
    assertThat(a.http().get("/v1/agent/members").json().asJsonArray())
        .as("members of a\n" + a.tail())
        .hasSize(1);
  }

  private void sameDataDirectory(AgentProcess holder) {
    CommandLine.Result second =
        CommandLine.run(
            "agent", "-server", "-bind", Loopback.next(), "-data-dir", holder.dataDir().toString());
    assertThat(second.exitCode()).as(second.toString()).isEqualTo(1);
    assertThat(second.all())
        .as("it names the holder: " + second)
        .contains(Long.toString(holder.pid()))
        .contains(holder.dataDir().toString());
  }

  private static void refuses(AgentProcess agent, Pattern reason) {
    assertThat(agent.awaitExit(AgentProcess.START)).as(agent.tail()).isEqualTo(1);
    assertThat(agent.log())
        .as(agent.name + " says why: " + reason + "\n" + agent.tail())
        .anyMatch(line -> reason.matcher(line).find());
  }

  @Test
  @Order(5)
  void differentExpectValuesBlockTheBootstrapUntilOneIsCorrected() throws Exception {
    AgentProcess a = agents.create("n1");
    AgentProcess b = agents.create("n2");
    AgentProcess c = agents.create("n3");
    a.start("-server", "-bootstrap-expect", "3");
    b.start("-server", "-bootstrap-expect", "2");
    c.start("-server", "-bootstrap-expect", "3");
    for (AgentProcess agent : new AgentProcess[] {a, b, c}) {
      agent.awaitHttp();
    }
    CommandLine.Result join = CommandLine.at(a, "join", a.address(), b.address(), c.address());
    assertThat(join.exitCode()).as(join + agents.tails()).isZero();

    a.awaitLog(Pattern.compile("n2 expects 2, we expect 3"), AgentProcess.SOON);
    b.awaitLog(Pattern.compile("n[13] expects 3, we expect 2"), AgentProcess.SOON);
    assertThat(a.self().toString())
        .as("agent/self of n1 says why there is no leader")
        .contains("n2 expects 2, we expect 3");
    for (AgentProcess agent : new AgentProcess[] {a, b, c}) {
      assertThat(agent.leader()).as("leader on " + agent.name).isEmpty();
    }

    b.signal("TERM");
    b.awaitExit(AgentProcess.STOP);
    b.start("-server", "-bootstrap-expect", "3", "-retry-join", a.address()).awaitLeader();
    Agents.awaitOneLeader(a, b, c);
    Agents.awaitAllVoters(a, b, c);
  }

  /** The expecting servers do not bootstrap beside a server with -bootstrap: they join it. */
  @Test
  @Order(6)
  void bootstrapBesideBootstrapExpectMakesOneCluster() throws Exception {
    AgentProcess a = agents.create("boot").start("-server", "-bootstrap");
    AgentProcess b = agents.create("expect1").start("-server", "-bootstrap-expect", "3");
    AgentProcess c = agents.create("expect2").start("-server", "-bootstrap-expect", "3");
    a.awaitLeader();
    b.awaitHttp();
    c.awaitHttp();
    CommandLine.Result join = CommandLine.at(a, "join", b.address(), c.address());
    assertThat(join.exitCode()).as(join + agents.tails()).isZero();
    Agents.awaitOneLeader(a, b, c); // on a busy machine it may be another one by now
    Agents.awaitAllVoters(a, b, c);
    assertThat(b.logged("Attempting bootstrap") || c.logged("Attempting bootstrap"))
        .as("a second bootstrap\n" + agents.tails())
        .isFalse();
  }
}
