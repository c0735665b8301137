package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The command's client commands against a real server and a real client agent. */
class CliIT {
  @RegisterExtension static final Agents AGENTS = new Agents("cli");

  private static AgentProcess server;
  private static AgentProcess client;
  private static Path folder;

  @BeforeAll
  static void start() throws IOException {
    folder = Files.createDirectories(AGENTS.folder());
    Path definitions = Files.createDirectory(folder.resolve("definitions"));
    Files.writeString(definitions.resolve("a.json"), "{\"node_meta\": {\"rack\": \"a1\"}}");
    server =
        AGENTS
            .create("n1")
            .start(
                "-server",
                "-bootstrap",
                "-log-file",
                folder + "/logs/n1.log",
                "-pid-file",
                folder.resolve("n1.pid").toString());
    client =
        AGENTS
            .create("n2")
            .start(
                "-retry-join",
                server.address(),
                "-retry-interval",
                "1s",
                "-config-dir",
                definitions.toString());
    server.awaitLeader();
    client.awaitLeader();
    Await.until(
        "n2 is in the catalog",
        AgentProcess.SOON,
        () -> server.tail() + client.tail(),
        () -> server.http().get("/v1/catalog/nodes").body().contains("\"rack\":\"a1\""));
  }

  private static void prints(CommandLine.Result result, String out) {
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.out()).as(result.toString()).isEqualTo(out);
    assertThat(result.err()).as(result.toString()).isEmpty();
  }

  private static void fails(CommandLine.Result result, String err) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
    assertThat(result.err()).as(result.toString()).isEqualTo(err);
    assertThat(result.out()).as(result.toString()).isEmpty();
  }

  private static CommandLine.Result run(String command, String... arguments) {
    return CommandLine.at(client, command, arguments);
  }

  private static void await(String what, Await.Condition condition) {
    Await.until(what, AgentProcess.SOON, () -> server.tail() + client.tail(), condition);
  }

  @Test
  void keysAreWrittenReadMovedAndDeleted() throws Exception {
    Path value = Files.write(folder.resolve("value"), new byte[] {'a', 0, (byte) 0xc3, 'b'});

    prints(run("kv put", "kv/one", "1"), "Success! Data written to: kv/one\n");
    prints(run("kv put", "-flags=42", "kv/two", "@" + value), "Success! Data written to: kv/two\n");
    prints(run("kv get", "kv/one"), "1\n");
    prints(run("kv get", "-base64", "kv/two"), "YQDDYg==\n");
    prints(run("kv get", "-stale", "-keys", "kv/"), "kv/one\nkv/two\n");
    assertThat(run("kv get", "-detailed", "-base64", "kv/two").out())
        .containsPattern("(?m)^CreateIndex {6}\\d+$")
        .contains("Flags            42\nKey              kv/two\nLockIndex        0\n")
        .endsWith("Session          -\nValue            YQDDYg==\n");
    fails(run("kv get", "kv/none"), "Error! No key exists at: kv/none\n");
    fails(
        run("kv put", "-cas", "-modify-index=1", "kv/one", "2"),
        "Error! Did not write to kv/one: CAS failed\n");

    CommandLine.Result exported = run("kv export", "kv/");
    Path dump = Files.writeString(folder.resolve("dump.json"), exported.out());
    prints(
        run("kv import", "-prefix=copy", "@" + dump),
        "Imported: copy/kv/one\nImported: copy/kv/two\n");
    assertThat(run("kv export", "copy/").out())
        .isEqualTo(exported.out().replace("\"kv/", "\"copy/kv/"));
    prints(run("kv delete", "-recurse", "copy/"), "Success! Deleted keys with prefix: copy/\n");
    prints(run("kv get", "-recurse", "copy/"), "");
  }

  /** Without a locale the JVM takes arguments for ASCII. */
  @Test
  void textIsUtf8WhateverTheLocale() {
    String key = "grün/日本";
    for (String locale : List.of("C", "")) {
      try (RunningCommand put =
          RunningCommand.start(
              Map.of("LC_ALL", locale, "LANG", ""),
              folder,
              List.of("kv", "put", "-http-addr=" + server.address() + ":8500", key, "süß"))) {
        assertThat(put.awaitExit()).as(put.printed()).isZero();
        assertThat(put.printed()).isEqualTo("Success! Data written to: " + key + "\n");
      }
    }
    prints(run("kv get", key), "süß\n");
  }

  @Test
  void theCatalogIsListed() {
    prints(run("catalog datacenters"), "dc1\n");
    assertThat(run("catalog nodes").out())
        .containsPattern("^Node  ID        Address {4,}DC\nn1    [0-9a-f]{8}  " + server.address())
        .contains("\nn2 ");
    assertThat(run("catalog nodes", "-node-meta=rack=a1").out().lines()).hasSize(2);
    assertThat(run("catalog nodes", "-service=consul", "-detailed").out())
        .contains("n1 ")
        .contains("lan=" + server.address())
        .doesNotContain("n2 ");
    assertThat(run("catalog nodes", "-filter", "Meta.rack == a1").out())
        .contains("n2 ")
        .doesNotContain("n1 ");
    fails(
        run("catalog nodes", "-filter", "Nope == a1"),
        "Error listing nodes: Unexpected response code: 500 (Failed to create boolean expression"
            + " evaluator: Selector \"Nope\" is not valid)\n");
    assertThat(run("catalog services").out()).startsWith("consul\n");
  }

  @Test
  void servicesAreRegisteredMaintainedAndDeregistered() throws Exception {
    Path web =
        Files.writeString(
            folder.resolve("web.json"),
            "{\"service\":{\"name\":\"web\",\"id\":\"web-1\",\"port\":80,\"tags\":[\"v1\"],"
                + "\"check\":{\"ttl\":\"1h\",\"status\":\"passing\"}}}");

    prints(run("services register", web.toString()), "Registered service: web\n");
    prints(
        run("services register", "-name=db", "-port=5432", "-tag=a", "-meta=k=v"),
        "Registered service: db\n");
    await(
        "the services are in the catalog",
        () ->
            run("catalog services", "-node=n2", "-tags").out().equals("db       a\nweb      v1\n"));

    prints(run("maint"), "");
    prints(
        run("maint", "-enable", "-service=web-1", "-reason=new disk"),
        "Service maintenance is now enabled for \"web-1\"\n");
    prints(run("maint", "-enable"), "Node maintenance is now enabled\n");
    assertThat(run("maint").out())
        .contains("Node:\n  Name:   n2\n  Reason: ")
        .contains("Service:\n  ID:     web-1\n  Reason: new disk\n\n");
    prints(run("maint", "-disable"), "Node maintenance is now disabled\n");
    prints(
        run("maint", "-disable", "-service=web-1"),
        "Service maintenance is now disabled for \"web-1\"\n");
    prints(run("maint"), "");
    assertThat(run("maint", "-enable", "-service=none").err())
        .startsWith("Error enabling service maintenance: Unexpected response code: 404 (");

    prints(run("services deregister", web.toString()), "Deregistered service: web-1\n");
    prints(run("services deregister", "-id=db"), "Deregistered service: db\n");
    await("the services are gone", () -> run("catalog services").out().equals("consul\n"));
  }

  @Test
  void aLockIsHeldByOneAtATime() throws Exception {
    try (RunningCommand first = holder("-verbose", "lock/a");
        RunningCommand second = holder("-verbose", "lock/a")) {
      await("one holds it", () -> runsItsCommand(first) || runsItsCommand(second));
      assertThat(held("lock/a/.lock")).isNotNull();
      RunningCommand holds = runsItsCommand(first) ? first : second;
      RunningCommand waits = holds == first ? second : first;
      assertThat(runsItsCommand(waits)).isFalse();

      holds.signal("TERM");
      assertThat(holds.awaitExit()).isZero();
      assertThat(holds.printed())
          .contains("Shutdown triggered, killing child\nTerminating child pid ")
          .contains("Cleanup ");
      waits.awaitPrinted("Starting handler");
      waits.signal("INT");
      assertThat(waits.awaitExit()).isZero();
      assertThat(waits.printed()).endsWith("Cleanup succeeded\n");
    }
    assertThat(server.http().get("/v1/kv/lock/a?keys").status()).isEqualTo(404);
  }

  @Test
  void aLostSlotEndsTheCommandThatHeldIt() throws Exception {
    try (RunningCommand first = holder("-n=2", "-verbose", "lock/b");
        RunningCommand second = holder("-n=2", "-verbose", "lock/b")) {
      first.awaitPrinted("Starting handler");
      second.awaitPrinted("Starting handler");
      assertThat(run("lock", "-n=2", "-timeout=100ms", "lock/b", "true").err())
          .isEqualTo("Shutdown triggered or timeout during lock acquisition\n");
      assertThat(run("lock", "-timeout=100ms", "lock/b", "true").err())
          .isEqualTo("Lock acquisition failed: Existing key does not match lock use\n");

      for (String contender : contenders("lock/b/")) {
        server.http().put("/v1/session/destroy/" + contender, "");
      }
      assertThat(first.awaitExit()).isZero();
      assertThat(second.awaitExit()).isZero();
      assertThat(first.printed()).contains("Lock lost, killing child\n");
      assertThat(second.printed()).contains("Lock lost, killing child\n");
    }
  }

  private static boolean runsItsCommand(RunningCommand lock) {
    return lock.printed().contains("Starting handler");
  }

  private static RunningCommand holder(String... arguments) {
    String[] all =
        Stream.concat(Stream.of(arguments), Stream.of("exec sleep 60")).toArray(String[]::new);
    return RunningCommand.at(client, folder, "lock", all);
  }

  private static String held(String key) throws IOException {
    Http.Answer answer = server.http().get("/v1/kv/" + key);
    return answer.status() == 404
        ? null
        : ((JsonArray) answer.json()).getJsonObject(0).getString("Session", null);
  }

  private static List<String> contenders(String prefix) throws IOException {
    return ((JsonArray) server.http().get("/v1/kv/" + prefix + "?recurse").json())
        .getValuesAs(JsonObject.class).stream()
            .map(pair -> pair.getString("Session", ""))
            .filter(session -> !session.isEmpty())
            .toList();
  }

  @Test
  void aWatchRunsItsCommandForEachChange() throws Exception {
    server.mustPut("watched", "1");
    Path seen = folder.resolve("seen");
    try (RunningCommand watch =
        RunningCommand.at(
            client,
            folder,
            "watch",
            "-type=key",
            "-key=watched",
            "cat >> " + seen + "; echo ran")) {
      watch.awaitPrinted("ran\n");
      server.mustPut("watched", "2");
      watch.awaitPrinted("ran\nran\n");
      watch.signal("INT");
      assertThat(watch.awaitExit()).isZero();
    }
    assertThat(Files.readAllLines(seen)).hasSize(2);
    assertThat(Files.readString(seen))
        .contains("\"Value\":\"MQ==\"")
        .contains("\"Value\":\"Mg==\"");
    for (String type : List.of("nodes", "services", "checks", "event")) {
      assertThat(run("watch", "-type=" + type).exitCode()).isZero();
    }
    assertThat(run("watch", "-type=service", "-service=consul", "-passingonly=true").out())
        .contains("\"ID\": \"consul\"");
  }

  @Test
  void eventsAreFiredAndWatched() {
    try (RunningCommand watch =
        RunningCommand.at(server, folder, "watch", "-type=event", "-name=deploy", "cat; echo")) {
      watch.awaitPrinted("[]\n");
      assertThat(run("event", "-name=deploy", "v1.2.3").out()).matches("Event ID: [0-9a-f-]{36}\n");
      watch.awaitPrinted("\"Payload\":\"djEuMi4z\"");
    }
  }

  @Test
  void aRoundTripTimeIsEstimated() {
    await(
        "both have coordinates",
        () ->
            run("rtt", "n1")
                .out()
                .matches(
                    "Estimated n1 <-> n2 rtt: \\d+\\.\\d{3} ms \\(using LAN coordinates\\)\n"));
    fails(run("rtt", "n1", "n9"), "Could not find a coordinate for node \"n9\"\n");
  }

  @Test
  void theMonitorShowsWhatTheLogLeavesOut() {
    try (RunningCommand monitor =
        RunningCommand.at(server, folder, "monitor", "-log-level=debug")) {
      await(
          "a line of the debug level",
          () -> {
            server.http().put("/v1/event/fire/monitored", "");
            return monitor
                .printed()
                .contains("[DEBUG] agent: new user event: event_name=monitored");
          });
      monitor.signal("INT");
      assertThat(monitor.awaitExit()).isZero();
    }
    assertThat(server.logged("[DEBUG]")).isFalse();
  }

  @Test
  void aReloadTakesWhatTheFilesSayNow() throws Exception {
    Path file = folder.resolve("definitions").resolve("b.json");
    Files.writeString(file, "{\"service\":{\"name\":\"reloaded\"}}");
    prints(run("reload"), "Configuration reload triggered\n");
    await("the service is there", () -> run("catalog services").out().contains("reloaded\n"));
    Files.delete(file);
    prints(run("reload"), "Configuration reload triggered\n");
    await("the service is gone", () -> !run("catalog services").out().contains("reloaded\n"));
  }

  @Test
  void whatIsNotThereIsNotRemoved() throws Exception {
    fails(
        run("operator raft remove-peer", "-address=1.2.3.4:8300"),
        "Error removing peer: Unexpected response code: 500 (address \"1.2.3.4:8300\" was not found"
            + " in the Raft configuration)\n");
    fails(
        run("operator raft remove-peer", "-address=" + server.serverAddress()),
        "Error removing peer: Unexpected response code: 500 (it is the last voter: without it there"
            + " is no cluster and no data)\n");
    fails(
        run("operator raft transfer-leader", "-id=00000000-0000-0000-0000-000000000000"),
        "Error transfering leadership: Unexpected response code: 500 (id"
            + " \"00000000-0000-0000-0000-000000000000\" was not found in the Raft configuration)\n");
    fails(
        run("operator raft transfer-leader"),
        "Error transfering leadership: Unexpected response code: 500 (no other voter is"
            + " there)\n");
    assertThat(run("operator raft list-peers", "-stale").out()).contains(server.serverAddress());
  }

  @Test
  void theLogGoesToItsFileAndThePidToItsOwn() throws Exception {
    assertThat(folder.resolve("n1.pid")).hasContent(server.pid() + "\n");
    try (Stream<Path> logs = Files.list(folder.resolve("logs"))) {
      List<Path> all = logs.toList();
      assertThat(all).singleElement().asString().matches(".*/n1-\\d{19}\\.log");
      await(
          "the file has the election, and nothing that is not printed",
          () -> {
            List<String> lines = Files.readAllLines(all.get(0));
            return lines.stream().anyMatch(line -> line.contains("cluster leadership acquired"))
                && server.log().containsAll(lines);
          });
    }
  }
}
