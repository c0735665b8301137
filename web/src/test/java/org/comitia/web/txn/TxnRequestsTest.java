package org.comitia.web.txn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Failure;
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

class TxnRequestsTest {
  private final MemoryCluster cluster = new MemoryCluster();
  private final TxnRequests requests =
      new TxnRequests(new Answers(cluster, new MemoryAgent(), Runnable::run), cluster);

  private Reply put(String query, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Call call =
        new Call(
            Endpoint.at("/v1/txn"),
            "PUT",
            "",
            QueryString.parse(query),
            bytes,
            bytes.length,
            "127.0.0.1:4711",
            "/v1/txn");
    CompletionStage<Reply> reply = requests.put(call);
    assertThat(reply.toCompletableFuture()).isCompleted();
    return reply.toCompletableFuture().join();
  }

  private static String body(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  @Test
  void aWriteRepeatsNoValues() {
    Reply reply =
        put("", "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"aGk=\",\"Flags\":7}}]");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(body(reply))
        .isEqualTo(
            "{\"Results\":[{\"KV\":{\"LockIndex\":0,\"Key\":\"a\",\"Flags\":7,\"Value\":null,"
                + "\"CreateIndex\":1,\"ModifyIndex\":1}}],\"Errors\":null}");
    assertThat(reply.header("X-Consul-KnownLeader")).isNull();
  }

  @Test
  void aReadTellsHowFreshItIs() {
    put("", "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"aGk=\"}}]");
    Reply reply = put("stale", "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"a\"}}]");
    assertThat(body(reply))
        .isEqualTo(
            "{\"Results\":[{\"KV\":{\"LockIndex\":0,\"Key\":\"a\",\"Flags\":0,\"Value\":\"aGk=\","
                + "\"CreateIndex\":1,\"ModifyIndex\":1}}],\"Errors\":null,"
                + "\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,\"ConsistencyLevel\":\"\",\"NotModified\":false,"
                + "\"Backend\":0}");
    assertThat(reply.header("X-Consul-KnownLeader")).isEqualTo("true");
    assertThat(reply.header("X-Consul-LastContact")).isEqualTo("0");
    assertThat(reply.header("X-Consul-Index")).isNull();
  }

  @Test
  void whatAServiceAndACheckSayComesBack() {
    put("", "[{\"Node\":{\"Verb\":\"set\",\"Node\":{\"Node\":\"n\",\"Address\":\"10.0.0.1\"}}}]");
    Reply reply =
        put(
            "",
            """
            [{"Service":{"Verb":"set","Node":"n","Service":{"ID":"s","Service":"s",
               "Proxy":{"DestinationServiceName":"web"},"Connect":{"Native":true}}}},
             {"Check":{"Verb":"set","Check":{"Node":"n","CheckID":"c","Type":"mine"}}},
             {"Check":{"Verb":"set","Check":{"Node":"n","CheckID":"d",
               "Definition":{"HTTP":"http://x","IntervalDuration":"10s"}}}}]
            """);
    assertThat(body(reply))
        .contains("\"Proxy\":{\"DestinationServiceName\":\"web\",\"Mode\":\"\",")
        .contains("\"Connect\":{\"Native\":true}")
        .contains("\"Weights\":{\"Passing\":0,\"Warning\":0}")
        .contains("\"ServiceTags\":[],\"Type\":\"mine\"")
        .contains("\"Type\":\"\"", "\"Definition\":{\"Interval\":\"10s\",\"HTTP\":\"http://x\"}");
  }

  @Test
  void aServicesMetadataIsRefusedInItsPlace() {
    Reply reply =
        put(
            "",
            """
            [{"KV":{"Verb":"set","Key":"a","Value":""}},
             {"Service":{"Verb":"set","Node":"n","Service":{"Service":"s","Meta":{"a.b":"x"}}}}]
            """);
    assertThat(reply.status()).isEqualTo(409);
    assertThat(body(reply)).contains("\"OpIndex\":1,\"What\":\"Invalid Service Meta for node n");
  }

  @Test
  void aFieldThatIsMisspeltIsNotLost() {
    assertThatThrownBy(() -> put("", "[{\"KV\":{\"Verb\":\"set\",\"Kye\":\"a\"}}]"))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessage("Failed to parse body: json: unknown field \"Kye\"");
    assertThatThrownBy(() -> put("", "[{\"KV\":{\"Verb\":\"set\",\"Namespace\":\"a\"}}]"))
        .hasMessageContaining("Namespaces are a Consul Enterprise feature");
  }

  @Test
  void allOrNothing() {
    Reply reply =
        put(
            "",
            "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"aGk=\"}},"
                + "{\"KV\":{\"Verb\":\"get\",\"Key\":\"missing\"}}]");
    assertThat(reply.status()).isEqualTo(409);
    assertThat(body(reply))
        .isEqualTo(
            "{\"Results\":null,\"Errors\":[{\"OpIndex\":1,"
                + "\"What\":\"key \\\"missing\\\" doesn't exist\"}]}");
    assertThat(body(put("", "[{\"KV\":{\"Verb\":\"get-tree\",\"Key\":\"a\"}}]")))
        .startsWith("{\"Results\":[],\"Errors\":null");
  }

  @Test
  void nodesServicesAndChecksGoTogether() {
    Reply reply =
        put(
            "",
            """
            [{"Node":{"Verb":"set","Node":{"Node":"n","Address":"10.0.0.1"}}},
             {"Service":{"Verb":"set","Node":"n","Service":{"ID":"web1","Service":"web","Port":80}}},
             {"Check":{"Verb":"set","Check":{"Node":"n","CheckID":"c","Name":"c",
                       "Status":"passing","ServiceID":"web1"}}}]
            """);
    assertThat(reply.status()).as(body(reply)).isEqualTo(200);
    Reply read =
        put(
            "",
            """
            [{"Node":{"Verb":"get","Node":{"Node":"n"}}},
             {"Service":{"Verb":"get","Node":"n","Service":{"ID":"web1"}}},
             {"Check":{"Verb":"get","Check":{"Node":"n","CheckID":"c"}}}]
            """);
    assertThat(body(read))
        .contains("\"Address\":\"10.0.0.1\"", "\"Port\":80", "\"Status\":\"passing\"");
  }

  @Test
  void anEmptyOneReadsNothing() {
    assertThat(body(put("", "[]"))).startsWith("{\"Results\":[],\"Errors\":null");
    assertThat(body(put("", "[{},null]"))).startsWith("{\"Results\":[],\"Errors\":null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"KV\":{\"Verb\":\"nope\",\"Key\":\"a\"}}]|unknown KV verb \\\"nope\\\"",
        "[{\"KV\":{\"Verb\":\"GET\",\"Key\":\"a\"}}]|unknown KV verb \\\"GET\\\"",
        "[{\"Node\":{\"Verb\":\"x\"}}]|unknown Node verb \\\"x\\\"",
        "[{\"Service\":{\"Verb\":\"x\"}}]|unknown Service verb \\\"x\\\"",
        "[{\"Check\":{\"Verb\":\"x\"}}]|unknown Check verb \\\"x\\\"",
      })
  void anUnknownVerbIsAnErrorOfTheOperation(String json, String what) {
    Reply reply = put("", json);
    assertThat(reply.status()).isEqualTo(409);
    assertThat(body(reply))
        .startsWith("{\"Results\":null,\"Errors\":[{\"OpIndex\":0,\"What\":\"" + what + "\"}]");
    assertThat(body(reply).contains("\"KnownLeader\":true"))
        .as("on a key it counts as a read")
        .isEqualTo(what.contains("KV"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|400|Failed to parse body: EOF",
        "{}|400|Failed to parse body: json: cannot unmarshal object into Go value of type api.TxnOps",
        "[1]|400|Failed to parse body: json: cannot unmarshal number into Go value of type api.TxnOp",
        "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"a*==\"}}]|400"
            + "|Failed to parse body: illegal base64 data at input byte 1",
        "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"abc\"}}]|400"
            + "|Failed to parse body: illegal base64 data at input byte 3",
        "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Flags\":-1}}]|400"
            + "|Failed to parse body: json: cannot unmarshal number -1 into Go struct field"
            + " KVTxnOp.KV.Flags of type uint64",
      })
  void aBodyThatCannotBeReadIsRefused(String json, int status, String text) {
    assertThatThrownBy(() -> put("", json))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(status))
        .hasMessage(text);
  }

  @Test
  void thereIsALimitOfOperations() {
    String op = "{\"KV\":{\"Verb\":\"get-tree\",\"Key\":\"a\"}}";
    String most = "[" + String.join(",", Collections.nCopies(128, op)) + "]";
    assertThat(put("", most).status()).isEqualTo(200);
    String tooMany = "[" + String.join(",", Collections.nCopies(129, op)) + "]";
    assertThatThrownBy(() -> put("", tooMany))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(413))
        .hasMessage("Transaction contains too many operations (129 > 128)");
  }

  /** Each would become some objects, and a body has room for 175,000. */
  @Test
  void operationsAreCountedBeforeTheyAreLookedAt() {
    String tooMany = "[" + String.join(",", Collections.nCopies(129, "{\"nope\":1}")) + "]";
    assertThatThrownBy(() -> put("", tooMany))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(413))
        .hasMessage("Transaction contains too many operations (129 > 128)");
  }

  @Test
  void withoutALeaderItSaysSo() {
    cluster.fail(Failure.NO_LEADER);
    Reply write = put("", "[{\"KV\":{\"Verb\":\"delete\",\"Key\":\"a\"}}]");
    Reply read = put("", "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"a\"}}]");
    assertThat(body(write)).isEqualTo("No cluster leader");
    assertThat(body(read)).isEqualTo("No cluster leader");
    assertThat(write.status()).isEqualTo(500);
  }
}
