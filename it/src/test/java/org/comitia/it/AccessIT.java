package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Access control, on three servers and a client agent, where everything is denied that no rule
 * allows. {@code access-table.tsv} has a line for each request; each is sent with what is enough
 * and no more, with everything but that, and without a token, to a server and to the client agent.
 */
class AccessIT {
  private static final Path TABLE =
      Distribution.root().resolve("web/src/test/resources/access-table.tsv");

  private static final List<String> SEGMENTED =
      List.of("agent", "event", "key", "node", "query", "service", "session");

  private static final List<String> WHOLE = List.of("acl", "keyring", "operator");

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  @RegisterExtension final Agents agents = new Agents("access");

  private AgentProcess first;
  private AgentProcess client;
  private String manager;
  private final Map<String, String> ids = new LinkedHashMap<>();

  /** One of the table's lines. */
  private record Row(
      String method,
      String pattern,
      String need,
      String path,
      String body,
      String rules,
      String lacking,
      String marker) {
    static Row of(String line) {
      String[] parts = line.split("\t", -1);
      return new Row(
          parts[0],
          parts[1],
          parts[2],
          parts[3],
          parts[4].equals("-") ? "" : parts[4],
          parts[5].equals("-") ? "" : parts[5],
          parts[6],
          parts[7]);
    }

    /** All rights but those for the resources that the rules are about. */
    String others() {
      StringBuilder others = new StringBuilder();
      for (String resource : SEGMENTED) {
        if (!rules.contains(resource + "_prefix ")) {
          others.append(resource).append("_prefix \"\" { policy = \"write\" } ");
        }
      }
      for (String resource : WHOLE) {
        // who manages tokens sees all prepared queries, as in Consul
        boolean seesQueries = resource.equals("acl") && rules.contains("query_prefix ");
        if (!rules.contains(resource + " = ") && !seesQueries) {
          others.append(resource).append(" = \"write\" ");
        }
      }
      return others.toString();
    }
  }

  private static List<Row> table() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .filter(line -> !line.startsWith("#"))
        .map(Row::of)
        .toList();
  }

  // ---- requests

  private record Answer(int status, String body, HttpResponse<String> raw) {
    boolean isFiltered() {
      return raw.headers()
          .firstValue("X-Consul-Results-Filtered-By-ACLs")
          .filter("true"::equals)
          .isPresent();
    }
  }

  private static HttpRequest request(
      AgentProcess agent, String method, String path, String body, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + agent.address() + ":8500" + path))
            .timeout(Duration.ofSeconds(30))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("X-Consul-Token", token);
    }
    return request.build();
  }

  private static Answer send(
      AgentProcess agent, String method, String path, String body, String token)
      throws IOException {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              request(agent, method, path, body, token), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private Answer must(String method, String path, String body) throws IOException {
    Answer answer = send(first, method, path, body, manager);
    assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isEqualTo(200);
    return answer;
  }

  private JsonObject object(String method, String path, String body) throws IOException {
    return new Http.Answer(200, must(method, path, body).body(), null).json().asJsonObject();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** A token with these rules; its secret. */
  private String token(String rules) throws IOException {
    String name = "p-" + UUID.randomUUID();
    object(
        "PUT", "/v1/acl/policy", "{\"Name\": \"" + name + "\", \"Rules\": " + quoted(rules) + "}");
    return object("PUT", "/v1/acl/token", "{\"Policies\": [{\"Name\": \"" + name + "\"}]}")
        .getString("SecretID");
  }

  // ---- the cluster

  private String file(String name, String tokens) throws IOException {
    Path folder = Files.createDirectories(agents.folder());
    return Files.writeString(
            folder.resolve(name + ".json"),
            "{\"acl\": {\"enabled\": true, \"default_policy\": \"deny\", \"token_ttl\": \"0s\","
                + " \"tokens\": {"
                + tokens
                + "}}}")
        .toString();
  }

  private void start() throws Exception {
    String agentToken = UUID.randomUUID().toString();
    String own = "\"agent\": \"" + agentToken + "\"";
    List<AgentProcess> servers =
        List.of(agents.create("canary-1"), agents.create("canary-2"), agents.create("canary-3"));
    first = servers.get(0);
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    flags.addAll(List.of("-retry-interval", "1s", "-config-file", file("server", own)));
    servers.forEach(server -> flags.addAll(List.of("-retry-join", server.address())));
    servers.forEach(server -> server.start(flags.toArray(String[]::new)));
    client =
        agents
            .create("canary-client")
            .start("-retry-join", first.address(), "-config-file", file("client", own));
    for (AgentProcess agent : List.of(servers.get(0), servers.get(1), servers.get(2), client)) {
      Await.until(
          agent.name + " knows a leader",
          Duration.ofMinutes(4),
          agents::tails,
          () -> send(agent, "GET", "/v1/status/leader", "", "").body().contains(":8300"));
    }
    Await.until(
        "the first token",
        Duration.ofSeconds(60),
        agents::tails,
        () -> {
          Answer answer = send(first, "PUT", "/v1/acl/bootstrap", "", "");
          if (answer.status() == 200) {
            manager =
                new Http.Answer(200, answer.body(), null)
                    .json()
                    .asJsonObject()
                    .getString("SecretID");
          }
          return manager != null;
        });
    object(
        "PUT",
        "/v1/acl/policy",
        "{\"Name\": \"agents\", \"Rules\": "
            + quoted("node_prefix \"\" {policy=\"write\"} service_prefix \"\" {policy=\"write\"}")
            + "}");
    object(
        "PUT",
        "/v1/acl/token",
        "{\"SecretID\": \"" + agentToken + "\", \"Policies\": [{\"Name\": \"agents\"}]}");
  }

  private void plant() throws IOException {
    must("PUT", "/v1/kv/canary/k", "canary-value");
    must(
        "PUT",
        "/v1/catalog/register",
        "{\"Node\": \"canary-node\", \"Address\": \"10.1.2.3\", \"Service\": {\"Service\":"
            + " \"canary-svc\", \"Tags\": [\"canary-tag\"]}, \"Checks\": [{\"CheckID\":"
            + " \"canary-check\", \"Name\": \"canary\", \"Status\": \"passing\", \"ServiceID\":"
            + " \"canary-svc\"}]}");
    for (String node : List.of("canary-node", first.name)) { // a server's takes its time
      must(
          "PUT",
          "/v1/coordinate/update",
          "{\"Node\": \""
              + node
              + "\", \"Coord\": {\"Vec\": [0,0,0,0,0,0,0,0], \"Error\": 1.5,"
              + " \"Adjustment\": 0, \"Height\": 1}}");
    }
    String session =
        "{\"Node\": \"canary-node\", \"Name\": \"canary-session\", \"Checks\": [], \"TTL\":"
            + " \"86400s\"}";
    ids.put("session", object("PUT", "/v1/session/create", session).getString("ID"));
    ids.put("session2", object("PUT", "/v1/session/create", session).getString("ID"));
    String query = "{\"Name\": \"%s\", \"Service\": {\"Service\": \"canary-svc\"}}";
    ids.put("query", object("POST", "/v1/query", query.formatted("canary-query")).getString("ID"));
    ids.put(
        "query2", object("POST", "/v1/query", query.formatted("canary-query2")).getString("ID"));
    must("PUT", "/v1/event/fire/canary-event", "canary-payload");
    for (AgentProcess agent : List.of(first, client)) {
      for (String name : List.of("canary-local", "canary-local2")) {
        String service = "{\"Name\": \"" + name + "\"}";
        assertThat(send(agent, "PUT", "/v1/agent/service/register", service, manager).status())
            .isEqualTo(200);
      }
      for (String name : List.of("canary-ttl", "canary-ttl2")) {
        String check = "{\"Name\": \"" + name + "\", \"TTL\": \"1h\"}";
        assertThat(send(agent, "PUT", "/v1/agent/check/register", check, manager).status())
            .isEqualTo(200);
      }
    }
    for (String kind : List.of("policy", "role")) {
      for (String number : List.of("", "2")) {
        String name = "{\"Name\": \"canary-" + kind + number + "\"}";
        ids.put(kind + number, object("PUT", "/v1/acl/" + kind, name).getString("ID"));
      }
    }
    for (String number : List.of("", "2")) {
      ids.put("token" + number, object("PUT", "/v1/acl/token", "{}").getString("AccessorID"));
    }
  }

  private String path(Row row) {
    String path = row.path();
    for (Map.Entry<String, String> id : ids.entrySet()) {
      path = path.replace("{" + id.getKey() + "}", id.getValue());
    }
    return path;
  }

  // ---- the tests

  @Test
  void eachRequestNeedsItsRightAndNoOther() throws Exception {
    start();
    plant();
    List<String> wrong = new ArrayList<>();
    for (Row row : table()) {
      if (row.lacking().equals("itself")) {
        continue;
      }
      String enough = token(row.rules());
      String others = token(row.others());
      for (AgentProcess agent : List.of(first, client)) {
        lacking(row, agent, others, "everything else", wrong);
        lacking(row, agent, "", "no token", wrong);
        lacking(row, agent, UUID.randomUUID().toString(), "an unknown token", wrong);
      }
      for (AgentProcess agent : List.of(client, first)) {
        enough(row, agent, enough, wrong);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(send(first, "PUT", "/v1/acl/bootstrap", "", "").status()).isEqualTo(403);
    for (AgentProcess agent : List.of(first, client)) {
      assertThat(agent.log()).noneMatch(line -> line.contains(manager));
    }
  }

  private void lacking(Row row, AgentProcess agent, String token, String who, List<String> wrong)
      throws IOException {
    Answer answer = send(agent, row.method(), path(row), row.body(), token);
    boolean unknown = who.startsWith("an unknown");
    boolean right =
        switch (row.lacking()) {
          case "open" -> answer.status() == 200 || (unknown && answer.status() == 403);
          case "filtered" ->
              !answer.body().contains(row.marker())
                  && (unknown ? answer.status() == 403 : answer.status() != 403);
          case "409" ->
              unknown
                  ? answer.status() == 403
                  : answer.status() == 409 && answer.body().contains("Permission denied");
          default ->
              answer.status() == 403
                  && (answer.body().startsWith("Permission denied")
                      || (unknown && answer.body().equals("ACL not found")));
        };
    if (!right) {
      wrong.add(who + " at " + agent.name + ": " + row + " -> " + answer);
    }
  }

  private void enough(Row row, AgentProcess agent, String token, List<String> wrong)
      throws IOException {
    if (row.lacking().endsWith("-only")) {
      return;
    }
    Answer answer = send(agent, row.method(), path(row), row.body(), token);
    boolean right = answer.status() != 403 && !answer.body().contains("Permission denied");
    if (row.lacking().equals("filtered")) {
      right &= answer.status() == 200 && answer.body().contains(row.marker());
    }
    if (!right) {
      wrong.add("enough at " + agent.name + ": " + row + " -> " + answer);
    }
  }

  @Test
  void aReadThatWaitsIsItsOwn() throws Exception {
    start();
    must("PUT", "/v1/kv/x/a", "a");
    String a = token("key_prefix \"x/a\" { policy = \"read\" }");
    String b = token("key_prefix \"x/b\" { policy = \"read\" }");
    for (AgentProcess agent : List.of(first, client)) {
      String index =
          send(agent, "GET", "/v1/kv/x/?recurse", "", manager)
              .raw()
              .headers()
              .firstValue("X-Consul-Index")
              .orElseThrow();
      String path = "/v1/kv/x/?recurse&wait=20s&index=" + index;
      CompletableFuture<HttpResponse<String>> ofA = waiting(agent, path, a);
      CompletableFuture<HttpResponse<String>> ofB = waiting(agent, path, b);
      CompletableFuture<HttpResponse<String>> ofNobody =
          waiting(agent, path, UUID.randomUUID().toString());
      assertThat(ofNobody.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(403);
      must("PUT", "/v1/kv/x/b", agent.name);
      assertThat(ofA.get(30, TimeUnit.SECONDS).body()).contains("x/a").doesNotContain("x/b");
      assertThat(ofB.get(30, TimeUnit.SECONDS).body()).contains("x/b").doesNotContain("x/a");
      assertThat(ofA.get().headers().firstValue("X-Consul-Results-Filtered-By-ACLs"))
          .contains("true");
    }
    String accessor =
        new Http.Answer(200, send(first, "GET", "/v1/acl/token/self", "", a).body(), null)
            .json()
            .asJsonObject()
            .getString("AccessorID");
    String index =
        send(client, "GET", "/v1/kv/x/?recurse", "", a)
            .raw()
            .headers()
            .firstValue("X-Consul-Index")
            .orElseThrow();
    CompletableFuture<HttpResponse<String>> waits =
        waiting(client, "/v1/kv/x/?recurse&wait=20s&index=" + index, a);
    must("DELETE", "/v1/acl/token/" + accessor, "");
    must("PUT", "/v1/kv/x/a", "again");
    assertThat(waits.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(403);
  }

  private static CompletableFuture<HttpResponse<String>> waiting(
      AgentProcess agent, String path, String token) {
    return CLIENT.sendAsync(
        request(agent, "GET", path, "", token), HttpResponse.BodyHandlers.ofString());
  }
}
