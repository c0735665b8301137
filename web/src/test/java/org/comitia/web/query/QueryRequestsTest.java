package org.comitia.web.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.Json;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueryRequestsTest {
  private static final String UNKNOWN = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05";

  private final MemoryCluster cluster = new MemoryCluster();
  private final QueryRequests requests =
      new QueryRequests(new Answers(cluster, new MemoryAgent(), Runnable::run));

  @BeforeEach
  void registerThreeInstances() {
    register("a", "passing");
    register("b", "warning");
    register("c", "critical");
  }

  private void register(String node, String status) {
    cluster.write(
        Caller.ANONYMOUS,
        new Command.Register(
            new Node("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            new Service(
                node, "web", "web", List.of("v1"), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0),
            List.of(
                new Check(
                    node, "alive", "alive", status, "", "", "web", "web", List.of(), "", 0, 0))));
  }

  private static Call call(String method, String path, String query, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Endpoint endpoint = Endpoint.at(path);
    return new Call(
        endpoint,
        method,
        path.substring(endpoint.pattern().length()),
        QueryString.parse(query),
        bytes,
        bytes.length,
        "127.0.0.1:4711",
        path);
  }

  private static Reply now(CompletionStage<Reply> reply) {
    assertThat(reply.toCompletableFuture()).isCompleted();
    return reply.toCompletableFuture().join();
  }

  private String create(String body) throws Exception {
    Reply reply = now(requests.create(call("POST", "/v1/query", "", body)));
    assertThat(reply.status()).as(text(reply)).isEqualTo(200);
    return (String) ((Map<?, ?>) Json.parse(reply.body())).get("ID");
  }

  private Reply get(String rest, String query) {
    return now(requests.get(call("GET", "/v1/query/" + rest, query, "")));
  }

  private static String text(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  private List<String> nodesOf(Reply executed) throws Exception {
    List<?> nodes = (List<?>) ((Map<?, ?>) Json.parse(executed.body())).get("Nodes");
    return nodes.stream()
        .map(n -> (String) ((Map<?, ?>) ((Map<?, ?>) n).get("Node")).get("Node"))
        .sorted()
        .toList();
  }

  @Test
  void aQueryIsWrittenAsConsulWritesIt() throws Exception {
    String id = create("{\"Name\":\"my-query\",\"Service\":{\"Service\":\"web\"}}");
    assertThat(text(get(id, "")))
        .isEqualTo(
            "[{\"ID\":\""
                + id
                + "\",\"Name\":\"my-query\",\"Session\":\"\",\"Token\":\"\","
                + "\"Template\":{\"Type\":\"\",\"Regexp\":\"\",\"RemoveEmptyTags\":false},"
                + "\"Service\":{\"Service\":\"web\",\"Failover\":{\"NearestN\":0,\"Datacenters\":[]},"
                + "\"OnlyPassing\":false,\"IgnoreCheckIDs\":[],\"Near\":\"\",\"Tags\":[],"
                + "\"NodeMeta\":null,\"ServiceMeta\":null,\"Connect\":false},\"DNS\":{\"TTL\":\"\"},"
                + "\"CreateIndex\":4,\"ModifyIndex\":4}]");
    assertThat(text(now(requests.list(call("GET", "/v1/query", "", "")))))
        .isEqualTo(text(get(id, "")));
  }

  @Test
  void criticalInstancesAreLeftOutAndWarningOnesIfOnlyPassingIsAskedFor() throws Exception {
    create("{\"Name\":\"usual\",\"Service\":{\"Service\":\"web\"}}");
    create("{\"Name\":\"strict\",\"Service\":{\"Service\":\"web\",\"OnlyPassing\":true}}");
    assertThat(nodesOf(get("usual/execute", ""))).containsExactly("a", "b");
    assertThat(nodesOf(get("strict/execute", ""))).containsExactly("a");
    assertThat(nodesOf(get("usual/execute", "limit=1"))).hasSize(1);
    assertThat(text(get("usual/execute", "")))
        .startsWith("{\"Service\":\"web\",\"Nodes\":[{\"Node\":{")
        .endsWith("\"DNS\":{\"TTL\":\"\"},\"Datacenter\":\"dc1\",\"Failovers\":0}");
  }

  private static String firstNode(Reply executed) throws Exception {
    List<?> nodes = (List<?>) ((Map<?, ?>) Json.parse(executed.body())).get("Nodes");
    return (String) ((Map<?, ?>) ((Map<?, ?>) nodes.get(0)).get("Node")).get("Node");
  }

  @Test
  void theNearestComesFirstFromWhereTheRequestOrTheQuerySays() throws Exception {
    cluster.write(
        Caller.ANONYMOUS,
        new Command.CoordinateUpdate(
            List.of(
                new Coordinate("a", "", Collections.nCopies(8, 0.0), 1, 0, 0.001),
                new Coordinate("b", "", Collections.nCopies(8, 0.5), 1, 0, 0.001))));
    create("{\"Name\":\"usual\",\"Service\":{\"Service\":\"web\"}}");
    create("{\"Name\":\"near-b\",\"Service\":{\"Service\":\"web\",\"Near\":\"b\"}}");
    for (int i = 0; i < 20; i++) { // the order of chance would differ
      assertThat(firstNode(get("usual/execute", "near=a"))).isEqualTo("a");
      assertThat(firstNode(get("usual/execute", "near=b&limit=1"))).isEqualTo("b");
      assertThat(firstNode(get("near-b/execute", ""))).isEqualTo("b");
      assertThat(firstNode(get("near-b/execute", "near=a"))).isEqualTo("a");
    }
  }

  @Test
  void aTemplateIsFilledInWithTheName() throws Exception {
    create(
        """
        {"Name":"geo-","Template":{"Type":"name_prefix_match","Regexp":"^geo-(.*)$"},
         "Service":{"Service":"${match(1)}"}}""");
    assertThat(nodesOf(get("geo-web/execute", ""))).containsExactly("a", "b");
    assertThat(text(get("geo-web/explain", ""))).contains("\"Service\":{\"Service\":\"web\"");
  }

  @Test
  void changesAndRemovalsAreForKnownQueries() throws Exception {
    String id = create("{\"Name\":\"q\",\"Service\":{\"Service\":\"web\"}}");
    String body = "{\"Name\":\"q2\",\"Service\":{\"Service\":\"web\"},\"DNS\":{\"TTL\":\"10s\"}}";
    Reply updated = now(requests.update(call("PUT", "/v1/query/" + id, "", body)));
    assertThat(updated.status()).isEqualTo(200);
    assertThat(updated.body()).isEmpty();
    assertThat(text(get(id, ""))).contains("\"Name\":\"q2\"", "\"TTL\":\"10s\"");
    Reply unknown = now(requests.update(call("PUT", "/v1/query/" + UNKNOWN, "", body)));
    assertThat(unknown.status()).isEqualTo(500);
    assertThat(text(unknown))
        .isEqualTo("Cannot modify non-existent prepared query: '" + UNKNOWN + "'");
    Reply deleted = now(requests.delete(call("DELETE", "/v1/query/" + id, "", "")));
    assertThat(deleted.status()).isEqualTo(200);
    assertThat(get(id, "").status()).isEqualTo(404);
    assertThat(text(get("q2/execute", ""))).isEqualTo("Query not found");
  }

  @Test
  void whatIsWrongIsRefused() {
    assertThatThrownBy(
            () -> requests.create(call("POST", "/v1/query", "", "{\"ID\":\"" + UNKNOWN + "\"}")))
        .isInstanceOf(Refusal.class)
        .hasMessage("ID must be empty when creating a new prepared query");
    assertThatThrownBy(() -> requests.get(call("GET", "/v1/query/x", "", "")))
        .hasMessageContaining("UUID must be 36 characters");
    assertThatThrownBy(() -> requests.get(call("GET", "/v1/query/x/execute", "limit=y", "")))
        .hasMessageStartingWith("Bad limit: ");
    assertThatThrownBy(() -> requests.delete(call("DELETE", "/v1/query/x/execute", "", "")))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(405));
    assertThatThrownBy(() -> requests.create(call("POST", "/v1/query", "", "{\"Name\":7}")))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400));
  }

  /** Guards what is kept: nothing of a refused query reaches the log. */
  @Test
  void aTemplateOverABoundIsABadRequestAndNotProposed() throws Exception {
    String body =
        "{\"Name\": \"w\", \"Template\": {\"Type\": \"name_prefix_match\", \"Regexp\": \"%s\"},"
            + " \"Service\": {\"Service\": \"web\"}}";
    cluster.fail(Failure.NO_LEADER); // whatever is proposed answers 500
    for (String regexp : List.of("x{0,301}", "(x{99}){100}", "x".repeat(4_097))) {
      assertThatThrownBy(
              () -> requests.create(call("POST", "/v1/query", "", body.formatted(regexp))))
          .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400));
    }
    cluster.fail(null);
    create(body.formatted("x{0,300}"));
    assertThat(get("w2/execute", "").status()).isEqualTo(200);
    assertThat(get("w".repeat(1_024) + "/execute", "").status()).isEqualTo(200);
    assertThatThrownBy(() -> get("w".repeat(1_025) + "/execute", ""))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400));
  }
}
