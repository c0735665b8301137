package org.comitia.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentWatchesTest {
  private static final String NODES = "GET /v1/catalog/nodes";
  private static final String NEXT = NODES + "?index=7&wait=5m";

  private final ScriptedAgent agent = new ScriptedAgent();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final AgentWatches watches =
      new AgentWatches(agent.address(), (level, line) -> lines.add(level + " " + line));

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    watches.set(List.of());
    agent.close();
  }

  private static WatchDefinition watch(String json) {
    return WatchDefinition.of(object(json));
  }

  private static JsonObject object(String json) {
    return Json.createReader(new StringReader(json)).readObject();
  }

  private String nextLine() throws InterruptedException {
    String line = lines.poll(30, TimeUnit.SECONDS);
    assertThat(line).isNotNull();
    return line;
  }

  @Test
  void aCommandGetsTheValueAndTheIndex() throws Exception {
    agent
        .answers(NODES, 200, "[1]", 7)
        .answers(NEXT, 200, "[2]", 8)
        .hangs(NODES + "?index=8&wait=5m");
    Path out = folder.resolve("out");

    watches.set(
        List.of(
            watch(
                "{\"type\":\"nodes\",\"handler\":\"echo $CONSUL_INDEX >> "
                    + out
                    + "; cat | tee -a "
                    + out
                    + "\"}")));

    assertThat(nextLine()).isEqualTo("DEBUG watch handler done: type=nodes output=\"[1]\"");
    assertThat(nextLine()).isEqualTo("DEBUG watch handler done: type=nodes output=\"[2]\"");
    assertThat(Files.readString(out)).isEqualTo("7\n[1]\n8\n[2]\n");
  }

  @Test
  void aRequestGetsTheValueAndTheIndex() throws Exception {
    try (ScriptedAgent receiver = new ScriptedAgent()) {
      receiver.answers("PUT /hook?x=1", "thanks").fails("POST /broken", "no");
      agent.answers(NODES, 200, "[1]", 7).hangs(NEXT);
      String hook = "http://" + receiver.address();

      watches.set(
          List.of(
              watch(
                  "{\"type\":\"nodes\",\"handler_type\":\"http\",\"http_handler_config\":{\"path\":\""
                      + hook
                      + "/hook?x=1\",\"method\":\"PUT\",\"header\":{\"x-foo\":[\"a\",\"b\"]},\"timeout\":\"20s\"}}")));
      assertThat(nextLine()).isEqualTo("DEBUG watch handler done: type=nodes output=\"thanks\"");
      assertThat(receiver.requests()).containsExactly("PUT /hook?x=1");
      assertThat(receiver.bodies()).containsExactly("[1]\n");
      assertThat(receiver.lastHeaders().get("X-consul-index")).containsExactly("7");
      assertThat(receiver.lastHeaders().get("Content-type")).containsExactly("application/json");
      assertThat(receiver.lastHeaders().get("X-foo")).containsExactly("a", "b");

      watches.set(
          List.of(
              watch(
                  "{\"type\":\"nodes\",\"handler_type\":\"http\",\"http_handler_config\":{\"path\":\""
                      + hook
                      + "/broken\"}}")));
      assertThat(nextLine())
          .isEqualTo("ERROR watch handler failed: type=nodes error=\"non-2xx response: 500 no\"");
    }
  }

  /** Unlike the command of the same name, which ends then. */
  @Test
  void aHandlerThatFailsIsToldAndTheWatchGoesOn() throws Exception {
    agent
        .answers(NODES, 200, "[1]", 7)
        .answers(NEXT, 200, "[2]", 8)
        .hangs(NODES + "?index=8&wait=5m");

    watches.set(
        List.of(watch("{\"type\":\"nodes\",\"args\":[\"sh\",\"-c\",\"echo no; exit 3\"]}")));

    String failed = "ERROR watch handler failed: type=nodes error=\"exit status 3: no\"";
    assertThat(nextLine()).isEqualTo(failed);
    assertThat(nextLine()).isEqualTo(failed);
  }

  @Test
  void aReloadLeavesAloneWhatIsTheSame() throws Exception {
    agent
        .answers(NODES, 200, "[1]", 7)
        .hangs(NEXT)
        .answers("GET /v1/catalog/services", 200, "{}", 3)
        .hangs("GET /v1/catalog/services?index=3&wait=5m");
    String nodes = "{\"type\":\"nodes\",\"args\":[\"echo\",\"n\"]}";

    watches.set(List.of(watch(nodes)));
    assertThat(nextLine()).contains("output=\"n\"");
    watches.set(List.of(watch(nodes), watch("{\"type\":\"services\",\"args\":[\"echo\",\"s\"]}")));
    assertThat(nextLine()).contains("output=\"s\"");

    assertThat(agent.requests()).filteredOn(NODES::equals).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | Watch type must be specified",
        "{\"type\":\"nope\",\"args\":[\"x\"]} | Unsupported watch type: nope",
        "{\"type\":\"connect_leaf\",\"args\":[\"x\"]} | Watch type connect_leaf is not allowed in agent config",
        "{\"type\":\"key\",\"args\":[\"x\"]} | Must specify a single key to watch",
        "{\"type\":\"nodes\"} | Must define a watch handler",
        "{\"type\":\"nodes\",\"args\":[\"x\"],\"handler\":\"y\"} | Only one watch handler allowed",
        "{\"type\":\"nodes\",\"args\":[\"x\"],\"handler_type\":\"http\"} | Only one watch handler allowed",
        "{\"type\":\"nodes\",\"args\":[1]} | Watch args must be a list of strings",
        "{\"type\":\"nodes\",\"args\":[\"x\"],\"handler_type\":\"ftp\"} | Handler type 'ftp' not recognized",
        "{\"type\":\"nodes\",\"handler_type\":\"http\"} | Requires 'path' to be set",
        "{\"type\":\"nodes\",\"args\":[\"x\"],\"bogus\":1} | Invalid parameters: [bogus]",
        "{\"type\":\"nodes\",\"stale\":1,\"args\":[\"x\"]} | Expecting stale to be a boolean",
      })
  void whatCannotBeCarriedOutIsRefused(String json, String text) {
    assertThatThrownBy(() -> watch(json)).hasMessage(text);
  }

  /** An answer that nobody foresaw: a list of nothing where there is one key. */
  @Test
  void aWatchGoesOnAfterAFaultOfOurs() throws Exception {
    agent.answers("GET /v1/kv/x", 200, "[]", 7);
    watches.set(List.of(watch("{\"type\":\"key\",\"key\":\"x\",\"handler\":\"cat\"}")));
    assertThat(nextLine()).startsWith("ERROR Watch failed and begins anew: type=key error=");
    agent
        .answers("GET /v1/kv/x", 200, "[{\"Key\":\"x\"}]", 8)
        .hangs("GET /v1/kv/x?index=8&wait=5m");
    String line = nextLine();
    while (line.startsWith("ERROR Watch failed")) {
      line = nextLine();
    }
    assertThat(line).startsWith("DEBUG watch handler done: type=key");
  }
}
