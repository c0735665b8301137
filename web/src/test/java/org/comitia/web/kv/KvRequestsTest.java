package org.comitia.web.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Session;
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

class KvRequestsTest {
  private final MemoryCluster cluster = new MemoryCluster();
  private final KvRequests requests =
      new KvRequests(new Answers(cluster, new MemoryAgent(), Runnable::run));

  private static Call call(String method, String key, String query, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new Call(
        Endpoint.KV,
        method,
        key,
        QueryString.parse(query),
        bytes,
        bytes.length,
        "127.0.0.1:4711",
        "/v1/kv/" + key);
  }

  private CompletableFuture<Reply> getLater(String key, String query) {
    return requests.get(call("GET", key, query, "")).toCompletableFuture();
  }

  private Reply get(String key, String query) {
    return now(getLater(key, query));
  }

  private Reply put(String key, String query, String body) {
    return now(requests.put(call("PUT", key, query, body)));
  }

  private Reply delete(String key, String query) {
    return now(requests.delete(call("DELETE", key, query, "")));
  }

  private static Reply now(CompletionStage<Reply> reply) {
    assertThat(reply.toCompletableFuture()).isCompleted();
    return reply.toCompletableFuture().join();
  }

  private static String body(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  @Test
  void anEntryHasConsulsFieldsInConsulsOrder() {
    assertThat(body(put("a", "flags=18446744073709551615", "hi"))).isEqualTo("true");
    Reply reply = get("a", "");
    assertThat(body(reply))
        .isEqualTo(
            "[{\"LockIndex\":0,\"Key\":\"a\",\"Flags\":18446744073709551615,\"Value\":\"aGk=\","
                + "\"CreateIndex\":1,\"ModifyIndex\":1}]");
    assertThat(reply.header("X-Consul-Index")).isEqualTo("1");
    assertThat(reply.header("X-Consul-KnownLeader")).isEqualTo("true");
    assertThat(reply.header("X-Consul-LastContact")).isEqualTo("0");
    assertThat(reply.header("X-Consul-Effective-Consistency")).isNull();
  }

  @Test
  void anEmptyValueIsNull() {
    put("a", "", "");
    assertThat(body(get("a", ""))).contains("\"Value\":null");
    assertThat(get("a", "raw").body()).isEmpty();
  }

  @Test
  void aMissingKeyIs404WithAnIndex() {
    Reply reply = get("a", "");
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.body()).isEmpty();
    assertThat(reply.header("X-Consul-Index")).isEqualTo("1");
  }

  @Test
  void rawIsTheBytes() {
    put("a", "", "hi");
    Reply reply = get("a", "raw");
    assertThat(body(reply)).isEqualTo("hi");
    assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(reply.header("Content-Security-Policy")).isEqualTo("sandbox");
  }

  @Test
  void keysThatDifferInBytesStayApart() {
    put("\u00ff", "", "1");
    put("\u00fe", "", "2");
    put("\u00c3\u00a4", "", "3");
    assertThat(body(get("\u00ff", "raw"))).isEqualTo("1");
    assertThat(body(get("\u00fe", "raw"))).isEqualTo("2");
    assertThat(body(get("", "keys"))).isEqualTo("[\"\u00e4\",\"\ufffd\",\"\ufffd\"]");
  }

  @Test
  void listsKeysUpToTheSeparator() {
    put("a/b", "", "1");
    put("a/c/d", "", "1");
    put("a/c/e", "", "1");
    put("b", "", "1");
    assertThat(body(get("a/", "keys&separator=/"))).isEqualTo("[\"a/b\",\"a/c/\"]");
    assertThat(body(get("a/", "keys&seperator=/"))).isEqualTo("[\"a/b\",\"a/c/\"]");
    assertThat(body(get("", "keys"))).isEqualTo("[\"a/b\",\"a/c/d\",\"a/c/e\",\"b\"]");
    assertThat(get("zz", "keys").status()).isEqualTo(404);
    assertThat(get("zz", "recurse").status()).isEqualTo(404);
  }

  @Test
  void theRootHasAnEmptyListOfKeys() {
    assertThat(body(get("", "keys"))).isEqualTo("[]");
    assertThat(get("", "recurse").status()).isEqualTo(404);
  }

  @Test
  void checkAndSet() {
    assertThat(body(put("a", "cas=0", "1"))).isEqualTo("true");
    assertThat(body(put("a", "cas=0", "2"))).isEqualTo("false");
    assertThat(body(put("a", "cas=1", "3"))).isEqualTo("true");
    assertThat(body(delete("a", "cas=1"))).isEqualTo("false");
    assertThat(body(get("a", "raw"))).isEqualTo("3");
    assertThat(body(delete("a", "cas=3"))).isEqualTo("true");
    assertThat(get("a", "").status()).isEqualTo(404);
  }

  @Test
  void deletesATree() {
    put("a/b", "", "1");
    put("a/c", "", "1");
    put("ab", "", "1");
    assertThat(body(delete("a/", "recurse"))).isEqualTo("true");
    assertThat(body(get("", "keys"))).isEqualTo("[\"ab\"]");
    assertThat(body(delete("", "recurse"))).isEqualTo("true");
    assertThat(body(get("", "keys"))).isEqualTo("[]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PUT||'x'|400|Missing key name",
        "GET||'x'|400|Missing key name",
        "DELETE||'x'|400|Missing key name",
        "PUT|a|acquire=z&cas=0|400|Conflicting flags: acquire=z&cas=0",
        "DELETE|a|recurse&cas=0|400|Conflicting flags: cas=0&recurse=",
        "PUT|a|flags=x|500|strconv.ParseUint: parsing \"x\": invalid syntax",
        "PUT|a|cas=-1|500|strconv.ParseUint: parsing \"-1\": invalid syntax",
        "DELETE|a|cas=|500|strconv.ParseUint: parsing \"\": invalid syntax",
        "PUT|a|cas=18446744073709551616|500|strconv.ParseUint: parsing \"18446744073709551616\":"
            + " value out of range",
        "PUT|a|dc=other|500|No path to datacenter",
        "GET|a|dc=other|500|No path to datacenter",
        "DELETE|a|dc=other|500|No path to datacenter",
      })
  void refusesWithConsulsText(String method, String key, String query, int status, String text) {
    Call call = call(method, key == null ? "" : key, query, "v");
    assertThatThrownBy(
            () -> {
              switch (method) {
                case "GET" -> requests.get(call);
                case "PUT" -> requests.put(call);
                default -> requests.delete(call);
              }
            })
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(status))
        .hasMessage(text);
    assertThat(body(get("", "keys"))).isEqualTo("[]");
  }

  @Test
  void ourOwnDatacenterIsFine() {
    assertThat(body(put("a", "dc=dc1", "1"))).isEqualTo("true");
  }

  @Test
  void anUnknownSessionChangesNothing() {
    Reply acquire = put("a", "acquire=ab", "1");
    assertThat(acquire.status()).isEqualTo(500);
    assertThat(body(acquire))
        .isEqualTo(
            "raft apply failed: failed session lookup: index error: UUID must be 36 characters");
    String unknown = UUID.randomUUID().toString();
    assertThat(body(put("a", "acquire=" + unknown, "1")))
        .isEqualTo("raft apply failed: invalid session \"" + unknown + "\"");
    assertThat(body(put("a", "release=ab", "1"))).isEqualTo("false");
    assertThat(body(put("a", "acquire=", "1"))).isEqualTo("raft apply failed: missing session");
    assertThat(get("a", "").status()).isEqualTo(404);
  }

  private String session() {
    String id = UUID.randomUUID().toString();
    WriteOutcome registered =
        cluster
            .write(
                Caller.ANONYMOUS,
                new Command.Register(
                    new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                    false,
                    null,
                    List.of()))
            .toCompletableFuture()
            .join();
    assertThat(registered).isInstanceOf(WriteOutcome.Applied.class);
    cluster
        .write(
            Caller.ANONYMOUS,
            new Command.SessionCreate(
                new Session(
                    id, "", "n", 0, Session.Behavior.RELEASE, "", List.of(), List.of(), 0, 0)))
        .toCompletableFuture()
        .join();
    return id;
  }

  @Test
  void aLockHasOneHolder() {
    String mine = session();
    String other = session();
    assertThat(body(put("a", "acquire=" + mine.toUpperCase(Locale.ROOT), "1"))).isEqualTo("true");
    assertThat(body(put("a", "acquire=" + other, "2"))).isEqualTo("false");
    assertThat(body(get("a", "")))
        .contains("\"LockIndex\":1")
        .contains("\"Session\":\"" + mine + "\"")
        .contains("\"Value\":\"MQ==\"");
    assertThat(body(put("a", "release=" + other, "2"))).isEqualTo("false");
    assertThat(body(put("a", "release=" + mine, "3"))).isEqualTo("true");
    assertThat(body(get("a", ""))).contains("\"LockIndex\":1").doesNotContain("Session");
    assertThat(body(put("a", "acquire=" + other + "&flags=7", "4"))).isEqualTo("true");
    assertThat(body(get("a", ""))).contains("\"LockIndex\":2").contains("\"Flags\":7");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_LEADER, 500, No cluster leader, ",
    "NO_SERVERS, 500, No known Consul servers, ",
    "OVERLOADED, 429, , 1",
    "UNAVAILABLE, 503, , 1",
  })
  void tellsWhyItWasNotDone(Failure failure, int status, String text, String retryAfter) {
    cluster.fail(failure);
    for (Reply reply :
        new Reply[] {
          get("a", ""), put("a", "", "1"), delete("a", ""), put("a", "acquire=x", "1")
        }) {
      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.header("Retry-After")).isEqualTo(retryAfter);
      assertThat(reply.header("X-Consul-Index")).isNull();
      if (text != null) {
        assertThat(body(reply)).isEqualTo(text);
      }
    }
  }

  @Test
  void anUnknownOutcomeIsSaidAndNeverAskedToBeRepeated() {
    cluster.loseAnswers("the leader's connection broke");
    Reply reply = put("a", "", "1");
    assertThat(reply.status()).isEqualTo(500);
    assertThat(reply.header("Retry-After")).isNull();
    assertThat(body(reply)).contains("outcome unknown").contains("the leader's connection broke");
  }

  @Test
  void aBlockingReadIsAnsweredByAChange() {
    put("a", "", "1");
    CompletableFuture<Reply> waiting = getLater("a", "index=1&wait=10m");
    assertThat(waiting).isNotDone();
    put("b", "", "1");
    assertThat(waiting).isNotDone();
    put("a", "", "2");
    assertThat(waiting).isCompleted();
    assertThat(waiting.join().header("X-Consul-Index")).isEqualTo("3");
  }

  @Test
  void aBlockingReadEndsWithTheSameIndex() {
    put("a", "", "1");
    Reply reply = getLater("a", "index=1&wait=1ms").join();
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("X-Consul-Index")).isEqualTo("1");
  }
}
