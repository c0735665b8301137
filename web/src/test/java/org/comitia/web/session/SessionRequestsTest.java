package org.comitia.web.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Session;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionRequestsTest {
  private final MemoryCluster cluster = new MemoryCluster();
  private final MemoryAgent agent = new MemoryAgent();
  private final SessionRequests requests = requests(Duration.ofSeconds(10));

  private SessionRequests requests(Duration shortestTtl) {
    return new SessionRequests(new Answers(cluster, agent, Runnable::run), cluster, shortestTtl);
  }

  @Test
  void theShortestTtlIsTheAgents() {
    Call three = call("/v1/session/create", "", "", "{\"TTL\":\"3s\"}");
    Call two = call("/v1/session/create", "", "", "{\"TTL\":\"2999ms\"}");

    assertThat(requests(Duration.ofSeconds(3)).create(three).toCompletableFuture().join().status())
        .isEqualTo(200);
    assertThatThrownBy(() -> requests(Duration.ofSeconds(3)).create(two))
        .hasMessage("Invalid Session TTL '2999000000', must be between [3s=24h0m0s]");
  }

  /** The agent's own node, as the leader registers it. */
  @BeforeEach
  void registerOwnNode() {
    cluster.write(
        Caller.ANONYMOUS,
        new Command.Register(
            new Node(
                MemoryAgent.ID.toString(), "n1", "127.0.40.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            null,
            List.of(
                new Check(
                    "n1", "serfHealth", "", "passing", "", "", "", "", List.of(), "", 0, 0))));
  }

  private static Call call(String path, String rest, String query, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String url = path + rest;
    return new Call(
        Endpoint.at(url),
        "PUT",
        rest,
        QueryString.parse(query),
        bytes,
        bytes.length,
        "127.0.0.1:4711",
        url);
  }

  private Reply create(String body) {
    return now(requests.create(call("/v1/session/create", "", "", body)));
  }

  private Reply destroy(String id) {
    return now(requests.destroy(call("/v1/session/destroy/", id, "", "")));
  }

  private Reply renew(String id) {
    return now(requests.renew(call("/v1/session/renew/", id, "", "")));
  }

  private static Reply now(CompletionStage<Reply> reply) {
    assertThat(reply.toCompletableFuture()).isCompleted();
    return reply.toCompletableFuture().join();
  }

  private static String body(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  private static String idOf(Reply created) throws Exception {
    assertThat(created.status()).as(body(created)).isEqualTo(200);
    String id = (String) ((Map<?, ?>) Json.parse(created.body())).get("ID");
    return UUID.fromString(id).toString();
  }

  private static Session read(String json) {
    return Sessions.create(Fields.of(json.getBytes(StandardCharsets.UTF_8), Bodies.SESSION), "own");
  }

  @Test
  void aSessionHasConsulsDefaultsAndFieldsInConsulsOrder() throws Exception {
    String id = idOf(create(""));
    assertThat(body(renew(id)))
        .isEqualTo(
            "[{\"ID\":\""
                + id
                + "\",\"Name\":\"\",\"Node\":\"n1\",\"LockDelay\":15000000000,"
                + "\"Behavior\":\"release\",\"TTL\":\"\",\"NodeChecks\":[\"serfHealth\"],"
                + "\"ServiceChecks\":null,\"CreateIndex\":2,\"ModifyIndex\":2}]");
  }

  @Test
  void whatIsGivenIsKept() throws Exception {
    String id =
        idOf(
            create(
                """
                {"name":"lock","TTL":"15s","Behavior":"delete","LockDelay":"20s",
                 "NodeChecks":[]}
                """));
    assertThat(body(renew(id.toUpperCase(Locale.ROOT))))
        .contains(
            "\"Name\":\"lock\"",
            "\"LockDelay\":20000000000",
            "\"Behavior\":\"delete\"",
            "\"TTL\":\"15s\"",
            "\"NodeChecks\":[]");
  }

  @ParameterizedTest
  @CsvSource({
    "'{}', 15000000000",
    "'{\"LockDelay\":\"1m\"}', 60000000000",
    "'{\"LockDelay\":\"0s\"}', 0",
    "'{\"LockDelay\":0}', 0",
    "'{\"LockDelay\":15}', 15000000000",
    "'{\"LockDelay\":999}', 999000000000",
    "'{\"LockDelay\":1000}', 1000",
    "'{\"LockDelay\":2000000000}', 2000000000",
    "'{\"lockdelay\":\"500ns\"}', 500000000000",
    "'{\"LockDelay\":\"-5s\"}', 0",
  })
  void aLockDelayIsATextOrANumber(String json, long nanos) {
    assertThat(read(json).lockDelayNanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "'{}', serfHealth",
    "'{\"NodeChecks\":null}', serfHealth",
    "'{\"NodeChecks\":[\"a\"]}', a",
    "'{\"Checks\":[\"a\",\"b\"]}', serfHealth a b",
    "'{\"Checks\":[\"serfHealth\"]}', serfHealth",
    "'{\"Checks\":[]}', ''",
    "'{\"NodeChecks\":[]}', ''",
    "'{\"NodeChecks\":[],\"Checks\":[\"a\"]}', ''",
  })
  void checksOfOldAndOfNewClients(String json, String checks) {
    assertThat(String.join(" ", read(json).nodeChecks())).isEqualTo(checks);
  }

  @Test
  void serviceChecksAreObjects() {
    assertThat(read("{\"ServiceChecks\":[{\"ID\":\"service:web\"},{\"id\":\"b\"}]}"))
        .extracting(Session::serviceChecks)
        .isEqualTo(List.of("service:web", "b"));
  }

  @Test
  void itIsDestroyedOnce() throws Exception {
    String id = idOf(create("{}"));
    assertThat(body(destroy(id))).isEqualTo("true");
    Reply renewal = renew(id);
    assertThat(renewal.status()).isEqualTo(404);
    assertThat(body(renewal)).isEqualTo("Session id '" + id + "' not found");
    assertThat(body(destroy(id))).isEqualTo("true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"Node\":\"nowhere\"}|apply failed: Missing node registration",
        "{\"NodeChecks\":[\"nope\"]}|apply failed: Missing check 'nope' registration",
      })
  void whatTheStateRefusesSaysSo(String json, String text) {
    Reply reply = create(json);
    assertThat(reply.status()).isEqualTo(500);
    assertThat(body(reply)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"Node\":\"\"}|500|Must provide Node",
        "{\"Behavior\":\"explode\"}|500|Invalid Behavior setting 'explode'",
        "{\"TTL\":\"1s\"}|500|Invalid Session TTL '1000000000', must be between [10s=24h0m0s]",
        "{\"TTL\":\"25h\"}|500|Invalid Session TTL '90000000000000', must be between [10s=24h0m0s]",
        "{\"LockDelay\":\"x\"}|400|Request decode failed: time: invalid duration \"x\"",
        "{\"Name\":1}|400|Request decode failed: json: cannot unmarshal number into Go struct field .Name of type string",
        "[]|400|Request decode failed: json: cannot unmarshal array into Go value of type structs.Session",
      })
  void whatNoStateCouldTakeIsRefused(String json, int status, String text) {
    assertThatThrownBy(() -> create(json))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(status))
        .hasMessage(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x|UUID must be 36 characters",
        "zzzzzzzz-0000-0000-0000-000000000000|Invalid UUID: encoding/hex: invalid byte: U+007A 'z'",
        "0000000--0000-0000-0000-000000000000|UUID should have maximum of 4 \"-\"; got 5",
      })
  void anIdThatIsNoUuidIsAnError(String id, String text) {
    String problem = "failed session lookup: index error: " + text;
    assertThatThrownBy(() -> renew(id))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(500))
        .hasMessage(problem);
    assertThatThrownBy(() -> destroy(id)).hasMessage("apply failed: " + problem);
  }

  @Test
  void anIdMustBeGiven() {
    assertThatThrownBy(() -> renew("")).hasMessage("Missing session");
    assertThatThrownBy(() -> destroy("")).hasMessage("Missing session");
  }

  @ParameterizedTest
  @ValueSource(strings = {"index=x", "stale&consistent", "wait=y"})
  void aRenewalHasAReadsParameters(String query) {
    Call call = call("/v1/session/renew/", UUID.randomUUID().toString(), query, "");
    assertThatThrownBy(() -> requests.renew(call))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400));
  }

  @Test
  void withoutALeaderItSaysSo() {
    cluster.fail(Failure.NO_LEADER);
    for (Reply reply :
        new Reply[] {
          create("{}"), renew(MemoryAgent.ID.toString()), destroy(MemoryAgent.ID.toString())
        }) {
      assertThat(reply.status()).isEqualTo(500);
      assertThat(body(reply)).isEqualTo("No cluster leader");
    }
  }
}
