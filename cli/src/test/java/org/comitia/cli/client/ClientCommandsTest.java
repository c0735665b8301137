package org.comitia.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.comitia.cli.Comitia;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The client commands against an HTTP server that speaks the documented JSON. */
class ClientCommandsTest {
  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  private int run(String... args) {
    return command.run(args);
  }

  private String address() {
    return agent.address();
  }

  @Test
  void joinContactsEachAddress() {
    assertThat(run("join", "-http-addr", address(), "10.0.0.1", "10.0.0.2:9301", "::1")).isZero();

    assertThat(command.out()).isEqualTo("Successfully joined cluster by contacting 3 nodes.\n");
    assertThat(agent.requests())
        .containsExactly(
            "PUT /v1/agent/join/10.0.0.1",
            "PUT /v1/agent/join/10.0.0.2%3A9301",
            "PUT /v1/agent/join/%3A%3A1");
  }

  @Test
  void joinSucceedsWhenOneAnswers() {
    agent.fails("PUT /v1/agent/join/10.0.0.9", "1 error occurred: no");

    assertThat(run("join", "--http-addr=http://" + address() + "/", "10.0.0.9", "10.0.0.1"))
        .isZero();

    assertThat(command.err())
        .isEqualTo(
            "Error joining address '10.0.0.9': Unexpected response code: 500 (1 error occurred: no)\n");
    assertThat(command.out()).isEqualTo("Successfully joined cluster by contacting 1 nodes.\n");
  }

  @Test
  void joinFailsWhenNoneAnswers() {
    agent.fails("PUT /v1/agent/join/10.0.0.9", "no");

    assertThat(run("join", "-http-addr=" + address(), "10.0.0.9")).isEqualTo(1);

    assertThat(command.err()).endsWith("Failed to join any nodes.\n");
    assertThat(command.out()).isEmpty();
  }

  @Test
  void joinWantsAnAddress() {
    assertThat(run("join", "-http-addr", address())).isEqualTo(1);

    assertThat(command.err()).startsWith("At least one address to join must be specified.\n");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void infoPrintsGroupsAndKeysInOrder() {
    agent.answers(
        "GET /v1/agent/self",
        "{\"Stats\":{\"raft\":{\"term\":\"2\",\"num_peers\":\"2\"},\"agent\":{\"checks\":\"0\"}}}");

    assertThat(run("info", "-http-addr", address())).isZero();

    assertThat(command.out())
        .isEqualTo("agent:\n\tchecks = 0\nraft:\n\tnum_peers = 2\n\tterm = 2\n");
  }

  @Test
  void infoSaysWhyItFailed() {
    agent.fails("GET /v1/agent/self", "broken");

    assertThat(run("info", "-http-addr", address())).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo("Error querying agent: Unexpected response code: 500 (broken)\n");
  }

  @Test
  void infoSaysInOneSentenceWhyTheAgentDoesNotRun() {
    agent.answers(
        "GET /v1/agent/self",
        503,
        "{\"Config\":{\"Version\":\"1\"},\"Stats\":{\"agent\":{\"not_running\":\"COM4016: the agent"
            + " is starting\"}}}",
        0);

    assertThat(run("info", "-http-addr", address())).isEqualTo(1);

    assertThat(command.err()).isEqualTo("Error querying agent: COM4016: the agent is starting\n");
  }

  @Test
  void nobodyListens() {
    String gone = address();
    agent.close();

    assertThat(run("info", "-http-addr", gone)).isEqualTo(1);

    assertThat(command.err())
        .startsWith(
            "Error querying agent: Get \"http://" + gone + "/v1/agent/self\": dial tcp " + gone)
        .contains("connection refused");
  }

  @Test
  void answerThatIsNoJsonIsTold() {
    agent.answers("GET /v1/agent/self", "<html>");

    assertThat(run("info", "-http-addr", address())).isEqualTo(1);

    assertThat(command.err()).contains("is not JSON");
  }

  private void twoMembers() {
    agent.answers(
        "GET /v1/agent/members?segment=_all",
        """
        [{"Name":"n2","Addr":"10.0.0.2","Port":8301,"Status":4,
          "Tags":{"role":"node","dc":"dc1","build":"0.1.0","vsn":"2"}},
         {"Name":"n1","Addr":"10.0.0.1","Port":8301,"Status":1,
          "Tags":{"role":"consul","dc":"dc1","build":"0.1.0:abc","vsn":"2","id":"x"}}]
        """);
  }

  @Test
  void membersAreATable() {
    twoMembers();

    assertThat(run("members", "-http-addr", address())).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            Node  Address        Status  Type    Build  Protocol  DC   Segment
            n1    10.0.0.1:8301  alive   server  0.1.0  2         dc1  <all>
            n2    10.0.0.2:8301  failed  client  0.1.0  2         dc1  <default>
            """);
  }

  @Test
  void membersInDetailShowTags() {
    twoMembers();

    assertThat(run("members", "-detailed", "-http-addr", address(), "-status=alive")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            Node  Address        Status  Tags
            n1    10.0.0.1:8301  alive   build=0.1.0:abc,dc=dc1,id=x,role=consul,vsn=2
            """);
  }

  @Test
  void noMemberOfThatStatusIsExitCodeTwo() {
    twoMembers();

    assertThat(run("members", "-http-addr", address(), "-status", "leaving")).isEqualTo(2);
    assertThat(run("members", "-http-addr", address(), "-status", "(")).isEqualTo(1);
  }

  @Test
  void leaveAndForceLeave() {
    assertThat(run("leave", "-http-addr", address())).isZero();
    assertThat(run("force-leave", "-http-addr", address(), "-prune", "n 1")).isZero();
    assertThat(run("force-leave", "-http-addr", address(), "n2")).isZero();
    assertThat(run("force-leave", "-http-addr", address())).isEqualTo(1);

    assertThat(agent.requests())
        .containsExactly(
            "PUT /v1/agent/leave",
            "PUT /v1/agent/force-leave/n%201?prune=1",
            "PUT /v1/agent/force-leave/n2");
    assertThat(command.out()).isEqualTo("Graceful leave complete\n");
    assertThat(command.err()).startsWith("A single node name must be specified to force leave.\n");
  }

  @Test
  void peersAreATable() {
    agent.answers(
        "GET /v1/operator/raft/configuration?stale",
        """
        {"Servers":[
          {"ID":"id-1","Node":"n1","Address":"10.0.0.1:8300","Leader":true,
           "ProtocolVersion":"3","Voter":true,"LastIndex":907},
          {"ID":"id-2","Node":"n2","Address":"10.0.0.2:8300","Leader":false,
           "ProtocolVersion":"3","Voter":false,"LastIndex":905},
          {"ID":"id-3","Node":"n3","Address":"10.0.0.3:8300","Leader":false,
           "ProtocolVersion":"3","Voter":true,"LastIndex":906},
          {"ID":"id-4","Node":"n4","Address":"10.0.0.4:8300","Leader":false,
           "ProtocolVersion":"3","Voter":true}],
         "Index":1}
        """);

    assertThat(run("operator", "raft", "list-peers", "-stale", "-http-addr", address())).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            Node  ID    Address        State     Voter  RaftProtocol  Commit Index  Trails Leader By
            n1    id-1  10.0.0.1:8300  leader    true   3             907           -
            n2    id-2  10.0.0.2:8300  follower  false  3             905           2 commits
            n3    id-3  10.0.0.3:8300  follower  true   3             906           1 commit
            n4    id-4  10.0.0.4:8300  follower  true   3             -             -
            """);
  }

  @Test
  void peersWithoutALeader() {
    agent.fails("GET /v1/operator/raft/configuration", "No cluster leader");

    assertThat(run("operator", "raft", "list-peers", "-http-addr", address())).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Error getting peers: Failed to retrieve raft configuration: "
                + "Unexpected response code: 500 (No cluster leader)\n");
  }

  @Test
  void unknownFlagsAreExitCode1AndUnknownCommands127() {
    assertThat(run("info", "-nope=1")).isEqualTo(1);
    assertThat(run("-nope")).isEqualTo(1);
    assertThat(run("kv", "frobnicate")).isEqualTo(1);
    assertThat(run("frobnicate")).isEqualTo(127);
    assertThat(run("frobnicate", "-flag", "argument")).isEqualTo(127);
    assertThat(run()).isEqualTo(127);

    assertThat(command.out()).isEmpty();
    assertThat(command.err())
        .contains("flag provided but not defined: -nope\n")
        .contains("unknown command or argument: frobnicate\n");
  }

  @Test
  void addressComesFromTheEnvironment() throws Exception {
    HttpOptions options = new HttpOptions();
    agent.answers("GET /v1/status/leader", "[]");

    assertThat(
            List.of(
                options.client(
                    Map.of("COMITIA_HTTP_ADDR", address(), "CONSUL_HTTP_ADDR", "127.0.0.1:1")),
                options.client(Map.of("CONSUL_HTTP_ADDR", "http://" + address()))))
        .allSatisfy(
            client ->
                assertThat(client.getValue("/v1/status/leader", Duration.ofSeconds(10)))
                    .isNotNull());
  }

  @Test
  void versionAndHelp() {
    for (String asked : List.of("version", "-version", "--version", "-v")) {
      assertThat(run(asked)).isZero();
    }
    assertThat(command.out().lines().distinct()).hasSize(1);
    assertThat(command.out().lines()).hasSize(4);
    assertThat(run("help")).isZero();
    assertThat(run("agent", "-help")).isZero();

    assertThat(command.out())
        .startsWith("Comitia v0.")
        .contains("-bootstrap-expect")
        .contains("force-leave");
  }

  @Test
  void tokenComesFromOptionsFilesAndTheEnvironment(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "from-file\n");
    agent.answers("PUT /v1/agent/reload", "");

    assertThat(run("reload", "-http-addr", address(), "-token=given")).isZero();
    assertThat(agent.lastHeaders().get("X-consul-token")).containsExactly("given");
    assertThat(run("reload", "-http-addr", address(), "-token-file=" + file)).isZero();
    assertThat(agent.lastHeaders().get("X-consul-token")).containsExactly("from-file");
    assertThat(run("reload", "-http-addr", address(), "-token-file=" + folder.resolve("none")))
        .isEqualTo(1);
    assertThat(command.err()).startsWith("Error reloading: Error loading token file ");

    new HttpOptions()
        .client(
            Map.of(
                "CONSUL_HTTP_ADDR",
                address(),
                "CONSUL_HTTP_TOKEN_FILE",
                file.toString(),
                "CONSUL_HTTP_AUTH",
                "ann:secret"))
        .put("/v1/agent/reload", Duration.ofSeconds(10));
    assertThat(agent.lastHeaders().get("X-consul-token")).containsExactly("from-file");
    assertThat(agent.lastHeaders().get("Authorization")).containsExactly("Basic YW5uOnNlY3JldA==");
  }

  /** The agent has none: it says so, where taking no notice would mix up two tenants' keys. */
  @Test
  void aNamespaceIsPassedOn() throws Exception {
    assertThat(run("kv", "get", "-http-addr", address(), "-namespace=a b", "-recurse", "k"))
        .isEqualTo(1);
    new HttpOptions()
        .client(Map.of("CONSUL_HTTP_ADDR", address(), "CONSUL_NAMESPACE", "team"))
        .put("/v1/agent/reload", Duration.ofSeconds(10));

    assertThat(agent.requests())
        .containsExactly("GET /v1/kv/k?recurse&ns=a%20b", "PUT /v1/agent/reload?ns=team");
  }

  @Test
  void aRedirectDoesNotCarryTheTokenAway() {
    try (ScriptedAgent elsewhere = new ScriptedAgent()) {
      agent.redirects("GET /v1/agent/self", "http://" + elsewhere.address() + "/v1/agent/self");
      agent.redirects("PUT /v1/agent/reload", "http://" + elsewhere.address() + "/v1/x");

      assertThat(run("info", "-http-addr", address(), "-token=secret")).isEqualTo(1);
      assertThat(run("reload", "-http-addr", address(), "-token=secret")).isEqualTo(1);

      assertThat(elsewhere.requests()).isEmpty();
      assertThat(command.err())
          .contains(
              "Unexpected response code: 307 (redirected to http://"
                  + elsewhere.address()
                  + "/v1/agent/self, which is not followed)");
    }
  }

  @Test
  void reloadTellsThatItWasTriggered() {
    agent.answers("PUT /v1/agent/reload", 200, "", 0).fails("PUT /v1/agent/reload", "bad file");

    assertThat(run("reload", "-http-addr", address())).isZero();
    assertThat(run("reload", "-http-addr", address())).isEqualTo(1);

    assertThat(command.out()).isEqualTo("Configuration reload triggered\n");
    assertThat(command.err())
        .isEqualTo("Error reloading: Unexpected response code: 500 (bad file)\n");
  }

  @Test
  void handsLeadershipOver() {
    agent.answers("POST /v1/operator/raft/transfer-leader", 200, "{\"Success\": true}", 0);
    agent.fails("POST /v1/operator/raft/transfer-leader?id=x", "n2 is the leader already");

    agent.answers(
        "GET /v1/operator/raft/configuration",
        "{\"Servers\":[{\"Node\":\"n1\",\"Leader\":false},{\"Node\":\"n2\",\"Leader\":true}]}");
    assertThat(run("operator", "raft", "transfer-leader", "-http-addr", address())).isZero();
    assertThat(run("operator", "raft", "transfer-leader", "-http-addr", address(), "-id=x"))
        .isEqualTo(1);

    assertThat(command.out()).isEqualTo("Success\nn2 leads now\n");
    assertThat(command.err())
        .isEqualTo(
            "Error transfering leadership: Unexpected response code: 500 (n2 is the leader"
                + " already)\n");
  }

  @Test
  void removesAPeer() {
    agent.fails("DELETE /v1/operator/raft/peer?id=x", "id \"x\" was not found");

    assertThat(run("operator", "raft", "remove-peer", "-http-addr", address())).isEqualTo(1);
    assertThat(run("operator", "raft", "remove-peer", "-id=x", "-address=y")).isEqualTo(1);
    assertThat(run("operator", "raft", "remove-peer", "-http-addr", address(), "-id=x"))
        .isEqualTo(1);
    assertThat(
            run(
                "operator",
                "raft",
                "remove-peer",
                "-http-addr",
                address(),
                "-address=1.2.3.4:8300"))
        .isZero();

    assertThat(command.err())
        .isEqualTo(
            "Error removing peer: an address or id is required for the peer to remove\n"
                + "Error removing peer: cannot give both an address and id\n"
                + "Error removing peer: Unexpected response code: 500 (id \"x\" was not found)\n");
    assertThat(command.out())
        .isEqualTo(
            "Removed peer with address \"1.2.3.4:8300\"\n"
                + "If it still runs as a member, it is taken in again within seconds: stop it"
                + " first.\n");
    assertThat(agent.requests())
        .containsExactly(
            "DELETE /v1/operator/raft/peer?id=x",
            "DELETE /v1/operator/raft/peer?address=1.2.3.4%3A8300");
  }

  @Test
  void firesAnEvent() {
    agent
        .answers("GET /v1/agent/self", "{}")
        .answers(
            "PUT /v1/event/fire/deploy?dc=dc1&service=web&tag=v1",
            "{\"ID\":\"b54fe110-7af5-cafc-d1fb-afc8ba432b1c\",\"Name\":\"deploy\"}");

    assertThat(
            run(
                "event",
                "-http-addr",
                address(),
                "-name=deploy",
                "-datacenter=dc1",
                "-service=web",
                "-tag=v1",
                "v1.2.3"))
        .isZero();

    assertThat(command.out()).isEqualTo("Event ID: b54fe110-7af5-cafc-d1fb-afc8ba432b1c\n");
    assertThat(agent.bodies()).last().isEqualTo("v1.2.3");
  }

  @Test
  void eventsAreCheckedBeforeTheyAreFired() {
    assertThat(run("event", "-http-addr", address())).isEqualTo(1);
    assertThat(run("event", "-name=x", "-node=(")).isEqualTo(1);
    assertThat(run("event", "-name=x", "-tag=v1")).isEqualTo(1);
    assertThat(run("event", "-name=x", "a", "b")).isEqualTo(1);

    assertThat(command.err())
        .startsWith("Event name must be specified\n\nUsage: comitia event [options] [PAYLOAD]\n")
        .contains("Failed to compile node filter regexp: ")
        .contains("Cannot provide tag filter without service filter.\n")
        .contains("Too many command line arguments.\n");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void maintenanceIsBegunAndEnded() {
    agent.answers("GET /v1/agent/self", "{\"Config\":{\"NodeName\":\"n1\"}}");
    agent.answers("PUT /v1/agent/maintenance?enable=true&reason=new%20disk", "");
    agent.answers("PUT /v1/agent/service/maintenance/web?enable=false", "");

    assertThat(run("maint", "-http-addr", address(), "-enable", "-reason=new disk")).isZero();
    assertThat(run("maint", "-http-addr", address(), "-disable", "-service", "web")).isZero();

    assertThat(command.out())
        .isEqualTo(
            "Node maintenance is now enabled\n"
                + "Service maintenance is now disabled for \"web\"\n");
    assertThat(agent.requests())
        .contains(
            "PUT /v1/agent/maintenance?enable=true&reason=new%20disk",
            "PUT /v1/agent/service/maintenance/web?enable=false");
  }

  @Test
  void maintenanceIsListed() {
    agent
        .answers("GET /v1/agent/self", "{\"Config\":{\"NodeName\":\"n1\"}}")
        .answers(
            "GET /v1/agent/checks",
            """
            {"serfHealth":{"CheckID":"serfHealth"},
             "_node_maintenance":{"CheckID":"_node_maintenance","Notes":"new disk"},
             "_service_maintenance:web":{"CheckID":"_service_maintenance:web",
               "ServiceID":"web","Notes":"broken"}}
            """);

    assertThat(run("maint", "-http-addr", address())).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            Node:
              Name:   n1
              Reason: new disk

            Service:
              ID:     web
              Reason: broken

            """);
  }

  @Test
  void maintenanceNeedsOptionsThatFit() {
    assertThat(run("maint", "-enable", "-disable")).isEqualTo(1);
    assertThat(run("maint", "-disable", "-reason=x")).isEqualTo(1);
    assertThat(run("maint", "-service=web")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Only one of -enable or -disable may be provided\n"
                + "Reason may only be provided with -enable\n"
                + "Service requires either -enable or -disable\n");
  }

  @Test
  void monitorEndsWithTheAgent() {
    agent
        .answers("GET /v1/agent/monitor?loglevel=DEBUG&logjson=true", "{\"a\":1}\n{\"a\":2}\n")
        .answers("GET /v1/agent/monitor?loglevel=x", 400, "Bad request: Unknown log level: x", 0);

    assertThat(run("monitor", "-http-addr", address(), "-log-level=DEBUG", "-log-json"))
        .isEqualTo(1);
    assertThat(run("monitor", "-http-addr", address(), "-log-level=x")).isEqualTo(1);

    assertThat(command.out())
        .isEqualTo(
            "{\"a\":1}\n{\"a\":2}\n\n"
                + "Remote side ended the monitor! This usually means that the\n"
                + "remote side has exited or crashed.\n");
    assertThat(command.err())
        .isEqualTo(
            "Error starting monitor: "
                + "Unexpected response code: 400 (Bad request: Unknown log level: x)\n");
  }

  @Test
  void keysAreRandom() {
    assertThat(run("keygen")).isZero();
    assertThat(run("keygen")).isZero();

    List<String> keys = command.out().lines().toList();
    assertThat(keys).hasSize(2).doesNotHaveDuplicates();
    assertThat(keys).allSatisfy(key -> assertThat(Base64.getDecoder().decode(key)).hasSize(32));
  }

  @Test
  void groupsShowTheirHelp() {
    assertThat(run("kv")).isEqualTo(1);
    assertThat(run("operator", "raft")).isEqualTo(1);
    assertThat(run("help", "kv", "get")).isZero();

    assertThat(command.out())
        .contains("Usage: comitia kv COMMAND [options]\n")
        .contains("  export       Prints the keys below a prefix")
        .contains("Usage: comitia operator raft COMMAND [options]\n")
        .contains("Usage: comitia kv get [options] [KEY_OR_PREFIX]\n");
  }

  @Test
  void everyCommandHasHelpWithOneDash() {
    assertThat(run("help")).isZero();

    CommandLine root = Comitia.commandLine();
    List<CommandLine> left = new ArrayList<>(root.getSubcommands().values());
    while (!left.isEmpty()) {
      CommandLine one = left.remove(0);
      left.addAll(one.getSubcommands().values());
      String page = one.getUsageMessage();
      assertThat(page)
          .startsWith("Usage: " + one.getCommandSpec().qualifiedName() + " ")
          .doesNotContain("--")
          .doesNotContain("PARAM");
      assertThat(page.lines().filter(line -> line.length() > 110)).isEmpty();
      assertThat(one.getCommandSpec().usageMessage().description()[0])
          .as(one.getCommandSpec().qualifiedName())
          .endsWith(".")
          .hasSizeLessThan(76);
    }
    assertThat(command.out())
        .contains("\nCatalog and data\n")
        .contains("  kv           Reads and writes");
  }
}
