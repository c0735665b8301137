package org.comitia.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.comitia.cli.Comitia;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The client commands against an HTTP server that speaks the documented JSON. */
class ClientCommandsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final Map<String, String> failures = new ConcurrentHashMap<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add(request);
    String failure = failures.get(request);
    byte[] body =
        (failure != null ? failure : answers.getOrDefault(request, ""))
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(failure != null ? 500 : 200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private int run(String... args) {
    CommandLine command = Comitia.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(args);
  }

  @Test
  void joinContactsEachAddress() {
    assertThat(run("join", "-http-addr", address(), "10.0.0.1", "10.0.0.2:9301", "::1")).isZero();

    assertThat(out).hasToString("Successfully joined cluster by contacting 3 nodes.\n");
    assertThat(requests)
        .containsExactly(
            "PUT /v1/agent/join/10.0.0.1",
            "PUT /v1/agent/join/10.0.0.2%3A9301",
            "PUT /v1/agent/join/%3A%3A1");
  }

  @Test
  void joinSucceedsWhenOneAnswers() {
    failures.put("PUT /v1/agent/join/10.0.0.9", "1 error occurred: no");

    assertThat(run("join", "--http-addr=http://" + address() + "/", "10.0.0.9", "10.0.0.1"))
        .isZero();

    assertThat(err)
        .hasToString(
            "Error joining address '10.0.0.9': Unexpected response code: 500 (1 error occurred: no)\n");
    assertThat(out).hasToString("Successfully joined cluster by contacting 1 nodes.\n");
  }

  @Test
  void joinFailsWhenNoneAnswers() {
    failures.put("PUT /v1/agent/join/10.0.0.9", "no");

    assertThat(run("join", "-http-addr=" + address(), "10.0.0.9")).isEqualTo(1);

    assertThat(err.toString()).endsWith("Failed to join any nodes.\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void joinWantsAnAddress() {
    assertThat(run("join", "-http-addr", address())).isEqualTo(1);

    assertThat(err.toString()).startsWith("At least one address to join must be specified.\n");
    assertThat(requests).isEmpty();
  }

  @Test
  void infoPrintsGroupsAndKeysInOrder() {
    answers.put(
        "GET /v1/agent/self",
        "{\"Stats\":{\"raft\":{\"term\":\"2\",\"num_peers\":\"2\"},\"agent\":{\"checks\":\"0\"}}}");

    assertThat(run("info", "-http-addr", address())).isZero();

    assertThat(out).hasToString("agent:\n\tchecks = 0\nraft:\n\tnum_peers = 2\n\tterm = 2\n");
  }

  @Test
  void infoSaysWhyItFailed() {
    failures.put("GET /v1/agent/self", "broken");

    assertThat(run("info", "-http-addr", address())).isEqualTo(1);

    assertThat(err).hasToString("Error querying agent: Unexpected response code: 500 (broken)\n");
  }

  @Test
  void nobodyListens() {
    String gone = address();
    server.stop(0);

    assertThat(run("info", "-http-addr", gone)).isEqualTo(1);

    assertThat(err.toString())
        .startsWith(
            "Error querying agent: Get \"http://" + gone + "/v1/agent/self\": dial tcp " + gone)
        .contains("connection refused");
  }

  @Test
  void answerThatIsNoJsonIsTold() {
    answers.put("GET /v1/agent/self", "<html>");

    assertThat(run("info", "-http-addr", address())).isEqualTo(1);

    assertThat(err.toString()).contains("is not JSON");
  }

  private void twoMembers() {
    answers.put(
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

    assertThat(out)
        .hasToString(
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

    assertThat(out)
        .hasToString(
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

    assertThat(requests)
        .containsExactly(
            "PUT /v1/agent/leave",
            "PUT /v1/agent/force-leave/n%201?prune=1",
            "PUT /v1/agent/force-leave/n2");
    assertThat(out).hasToString("Graceful leave complete\n");
    assertThat(err.toString()).startsWith("A single node name must be specified to force leave.\n");
  }

  @Test
  void peersAreATable() {
    answers.put(
        "GET /v1/operator/raft/configuration?stale",
        """
        {"Servers":[
          {"ID":"id-1","Node":"n1","Address":"10.0.0.1:8300","Leader":true,
           "ProtocolVersion":"3","Voter":true},
          {"ID":"id-2","Node":"n2","Address":"10.0.0.2:8300","Leader":false,
           "ProtocolVersion":"3","Voter":false}],
         "Index":1}
        """);

    assertThat(run("operator", "raft", "list-peers", "-stale", "-http-addr", address())).isZero();

    assertThat(out)
        .hasToString(
            """
            Node  ID    Address        State     Voter  RaftProtocol
            n1    id-1  10.0.0.1:8300  leader    true   3
            n2    id-2  10.0.0.2:8300  follower  false  3
            """);
  }

  @Test
  void peersWithoutALeader() {
    failures.put("GET /v1/operator/raft/configuration", "No cluster leader");

    assertThat(run("operator", "raft", "list-peers", "-http-addr", address())).isEqualTo(1);

    assertThat(err)
        .hasToString(
            "Error getting peers: Failed to retrieve raft configuration: "
                + "Unexpected response code: 500 (No cluster leader)\n");
  }

  @Test
  void unknownFlagsAndCommandsAreExitCodeOne() {
    assertThat(run("info", "-nope=1")).isEqualTo(1);
    assertThat(run("frobnicate")).isEqualTo(1);

    assertThat(err.toString())
        .contains("flag provided but not defined: -nope\n")
        .contains("unknown command or argument: frobnicate\n");
  }

  @Test
  void addressComesFromTheEnvironment() {
    HttpOptions options = new HttpOptions();
    answers.put("GET /v1/status/leader", "[]");

    assertThat(
            List.of(
                options.client(
                    Map.of("COMITIA_HTTP_ADDR", address(), "CONSUL_HTTP_ADDR", "127.0.0.1:1")),
                options.client(Map.of("CONSUL_HTTP_ADDR", "http://" + address()))))
        .allSatisfy(
            client ->
                assertThat(client.get("/v1/status/leader", Duration.ofSeconds(10))).isNotNull());
  }

  @Test
  void versionAndHelp() {
    assertThat(run("version")).isZero();
    assertThat(run("help")).isZero();
    assertThat(run("agent", "-help")).isZero();

    assertThat(out.toString())
        .startsWith("Comitia v0.")
        .contains("-bootstrap-expect")
        .contains("force-leave");
  }
}
