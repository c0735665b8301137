package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The HTTP API over raw sockets against a server with a leader: one that the test starts, or with
 * {@code -Dit.http=host:port} one that runs. Every test works below a prefix of its own.
 */
class HttpSurfaceIT {
  @RegisterExtension static final Agents AGENTS = new Agents("http-surface");

  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static final String RUN = "it-" + ProcessHandle.current().pid() + "-" + System.nanoTime();

  private static InetSocketAddress server;

  private final String prefix = RUN + "-" + PREFIXES.incrementAndGet();

  @BeforeAll
  static void server() {
    String running = System.getProperty("it.http");
    if (running != null) {
      int colon = running.lastIndexOf(':');
      server =
          new InetSocketAddress(
              running.substring(0, colon), Integer.parseInt(running.substring(colon + 1)));
    } else {
      AgentProcess agent = AGENTS.create("surface").start("-server", "-bootstrap").awaitLeader();
      server = new InetSocketAddress(agent.address(), 8500);
    }
  }

  private static RawHttp.Answer send(String method, String target, String body) throws IOException {
    return RawHttp.send(
        server, method, target, body == null ? null : body.getBytes(StandardCharsets.UTF_8));
  }

  private static RawHttp.Answer get(String target) throws IOException {
    return send("GET", target, null);
  }

  private static void put(String target, String body) throws IOException {
    RawHttp.Answer answer = send("PUT", target, body);
    assertThat(answer.body()).isEqualTo("true");
    assertThat(answer.status()).isEqualTo(200);
  }

  private static JsonValue json(RawHttp.Answer answer) {
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(answer.bytes()))) {
      return reader.readValue();
    }
  }

  private static void assertText(RawHttp.Answer answer, int status, String text) {
    assertThat(answer.body()).isEqualTo(text);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).startsWith("text/plain");
    assertOurs(answer);
  }

  /** What every answer has, and what none may have. */
  private static void assertOurs(RawHttp.Answer answer) {
    assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
    assertThat(answer.header("X-Consul-Default-ACL-Policy")).isEqualTo("allow");
    assertThat(answer.headers()).doesNotContainKeys("$WSEP", "X-Powered-By", "Content-Language");
  }

  // ---- keys

  @ParameterizedTest
  @CsvSource({
    "a%2Fb, a/b",
    "a/b, a/b",
    "a/, a/",
    "a%2F, a/",
    "a;b, a;b",
    "a;jsessionid=1, a;jsessionid=1",
    "a%3Bb, a;b",
    "a%20b, a b",
    "a+b, a+b",
    "a%252Fb, a%2Fb",
    "a%5Cb%23c%3Fd, a\\b#c?d",
    "%C3%A4, \u00e4",
    "%F0%9F%98%80, \ud83d\ude00",
    "a.b/..c/...d, a.b/..c/...d",
    "a:b@c=d&e$f!g'h(i)*, a:b@c=d&e$f!g'h(i)*",
  })
  void aKeyRoundTrips(String encoded, String key) throws IOException {
    String path = "/v1/kv/" + prefix + "/" + encoded;
    put(path, "value of " + key);
    RawHttp.Answer answer = get(path);
    JsonObject entry = json(answer).asJsonArray().getJsonObject(0);
    assertThat(entry.getString("Key")).isEqualTo(prefix + "/" + key);
    assertThat(get(path + "?raw").body()).isEqualTo("value of " + key);
    JsonArray keys = json(get("/v1/kv/" + prefix + "/?keys")).asJsonArray();
    assertThat(keys).hasSize(1);
    assertThat(keys.getString(0)).isEqualTo(prefix + "/" + key);
    assertThat(send("DELETE", path, null).body()).isEqualTo("true");
    assertThat(get(path).status()).isEqualTo(404);
  }

  @Test
  void keysAreBytes() throws IOException {
    put("/v1/kv/" + prefix + "/%FF", "ff");
    put("/v1/kv/" + prefix + "/\u00fe", "fe");
    put("/v1/kv/" + prefix + "/\u00c3\u00a4", "umlaut, not escaped");
    assertThat(get("/v1/kv/" + prefix + "/%FF?raw").body()).isEqualTo("ff");
    assertThat(get("/v1/kv/" + prefix + "/%FE?raw").body()).isEqualTo("fe");
    assertThat(get("/v1/kv/" + prefix + "/%C3%A4?raw").body()).isEqualTo("umlaut, not escaped");
    assertThat(get("/v1/kv/" + prefix + "/?keys").body())
        .isEqualTo("[\"%1$s/\u00e4\",\"%1$s/\ufffd\",\"%1$s/\ufffd\"]".formatted(prefix));
    assertThat(send("DELETE", "/v1/kv/" + prefix + "/%FF", null).body()).isEqualTo("true");
    assertThat(get("/v1/kv/" + prefix + "/%FF").status()).isEqualTo(404);
    assertThat(get("/v1/kv/" + prefix + "/%FE").status()).isEqualTo(200);
  }

  @Test
  void aKeyWithAndWithoutASlashAreTwo() throws IOException {
    put("/v1/kv/" + prefix + "/a", "without");
    put("/v1/kv/" + prefix + "/a/", "with");
    assertThat(get("/v1/kv/" + prefix + "/a?raw").body()).isEqualTo("without");
    assertThat(get("/v1/kv/" + prefix + "/a/?raw").body()).isEqualTo("with");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/kv/@/a//b?raw&x=1, /v1/kv/@/a/b?raw&x=1",
    "/v1/kv/@/a%2F%2Fb, /v1/kv/@/a/b",
    "/v1/kv/@/a///, /v1/kv/@/a/",
    "/v1/kv/@/./b, /v1/kv/@/b",
    "/v1/kv/@/a/../b%20c, /v1/kv/@/b%20c",
    "/v1/kv/../agent/self, /v1/agent/self",
    "//v1/agent/self, /v1/agent/self",
    "/v1/kv?keys, /v1/kv/?keys",
    "/v1/catalog/service, /v1/catalog/service/",
  })
  void anUncleanPathIsRedirected(String target, String location) throws IOException {
    RawHttp.Answer answer = get(target.replace("@", prefix));
    assertThat(answer.status()).isEqualTo(301);
    assertThat(answer.header("Location")).isEqualTo(location.replace("@", prefix));
    RawHttp.Answer put = send("PUT", target.replace("@", prefix), "x");
    assertThat(put.status()).isEqualTo(301);
    assertThat(put.header("Location")).isEqualTo(location.replace("@", prefix));
    assertThat(get("/v1/kv/" + prefix + "?keys").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%00", "%01", "%7F", "%C2%80", "%0A", "%zz", "%", "%4"})
  void aPathThatCannotBePrintedIsRefused(String encoded) throws IOException {
    RawHttp.Answer answer = get("/v1/kv/" + prefix + encoded);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).doesNotContain("SRVE", "Exception", "at com.ibm");
  }

  // ---- values

  @Test
  void anEntryIsWrittenAsConsulDoes() throws IOException {
    String path = "/v1/kv/" + prefix;
    put(path + "?flags=18446744073709551615", "hello");
    RawHttp.Answer answer = get(path);
    long index = Long.parseLong(answer.header("X-Consul-Index"));
    assertThat(answer.body())
        .isEqualTo(
            "[{\"LockIndex\":0,\"Key\":\"%s\",\"Flags\":18446744073709551615,\"Value\":\"aGVsbG8=\",\"CreateIndex\":%d,\"ModifyIndex\":%d}]"
                .formatted(prefix, index, index));
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.header("X-Consul-KnownLeader")).isEqualTo("true");
    assertThat(answer.header("X-Consul-LastContact")).isEqualTo("0");
    assertThat(answer.header("X-Consul-Effective-Consistency")).isNull();
    assertOurs(answer);
    assertThat(get(path + "?pretty").body())
        .startsWith("[\n    {\n        \"LockIndex\": 0,\n        \"Key\": \"" + prefix + "\",\n")
        .endsWith("\n    }\n]\n");
  }

  @Test
  void anEmptyValueIsNull() throws IOException {
    put("/v1/kv/" + prefix, "");
    assertThat(get("/v1/kv/" + prefix).body()).contains("\"Value\":null");
    RawHttp.Answer raw = get("/v1/kv/" + prefix + "?raw");
    assertThat(raw.status()).isEqualTo(200);
    assertThat(raw.bytes()).isEmpty();
  }

  @Test
  void aValueIsAnyBytesWhateverItsType() throws IOException {
    byte[] value = new byte[256];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
    }
    for (String type : List.of("application/x-www-form-urlencoded", "garbage", "multipart/x")) {
      RawHttp.Answer put =
          RawHttp.send(server, "PUT", "/v1/kv/" + prefix, value, "Content-Type: " + type);
      assertThat(put.body()).isEqualTo("true");
      RawHttp.Answer raw = get("/v1/kv/" + prefix + "?raw");
      assertThat(raw.bytes()).isEqualTo(value);
      assertThat(raw.header("Content-Type")).startsWith("text/plain");
      assertThat(raw.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(raw.header("Content-Security-Policy")).isEqualTo("sandbox");
    }
    JsonObject entry = json(get("/v1/kv/" + prefix)).asJsonArray().getJsonObject(0);
    assertThat(Base64.getDecoder().decode(entry.getString("Value"))).isEqualTo(value);
  }

  @Test
  void aChunkedBodyAndTheLargestValueAreTaken() throws IOException {
    byte[] largest = new byte[512 * 1024];
    Arrays.fill(largest, (byte) 'x');
    assertThat(
            RawHttp.send(server, "PUT", "/v1/kv/" + prefix, largest, "Transfer-Encoding: chunked")
                .body())
        .isEqualTo("true");
    assertThat(get("/v1/kv/" + prefix + "?raw").bytes()).isEqualTo(largest);
  }

  @Test
  void aLargerValueIsRefused() throws IOException {
    for (String[] headers : new String[][] {{}, {"Transfer-Encoding: chunked"}}) {
      RawHttp.Answer answer =
          RawHttp.send(server, "PUT", "/v1/kv/" + prefix, new byte[600_000], headers);
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body())
          .startsWith("Request body(600000 bytes) too large, max size: 524288 bytes. See ");
      assertOurs(answer);
    }
    assertThat(get("/v1/kv/" + prefix).status()).isEqualTo(404);
  }

  @Test
  void aMissingKeyIs404WithoutABody() throws IOException {
    for (String parameters : List.of("", "?raw", "?recurse", "?keys")) {
      RawHttp.Answer answer = get("/v1/kv/" + prefix + parameters);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.bytes()).isEmpty();
      assertThat(Long.parseLong(answer.header("X-Consul-Index"))).isPositive();
      assertOurs(answer);
    }
  }

  @Test
  void keysAndTrees() throws IOException {
    String path = "/v1/kv/" + prefix;
    for (String key : List.of("/a/1", "/a/2", "/b", "/c/d/e")) {
      put(path + key, "v");
    }
    assertThat(get(path + "/?keys&separator=/").body())
        .isEqualTo("[\"%1$s/a/\",\"%1$s/b\",\"%1$s/c/\"]".formatted(prefix));
    assertThat(get(path + "/?keys&separator=%2F").body())
        .isEqualTo("[\"%1$s/a/\",\"%1$s/b\",\"%1$s/c/\"]".formatted(prefix));
    assertThat(json(get(path + "/a?recurse")).asJsonArray()).hasSize(2);
    assertThat(send("DELETE", path + "/a?recurse", null).body()).isEqualTo("true");
    assertThat(get(path + "/?keys").body())
        .isEqualTo("[\"%1$s/b\",\"%1$s/c/d/e\"]".formatted(prefix));
  }

  @Test
  void checkAndSet() throws IOException {
    String path = "/v1/kv/" + prefix;
    put(path + "?cas=0", "1");
    assertThat(send("PUT", path + "?cas=0", "2").body()).isEqualTo("false");
    String index = get(path).header("X-Consul-Index");
    put(path + "?cas=" + index, "3");
    assertThat(send("DELETE", path + "?cas=" + index, null).body()).isEqualTo("false");
    assertThat(get(path + "?raw").body()).isEqualTo("3");
    index = get(path).header("X-Consul-Index");
    assertThat(send("DELETE", path + "?cas=" + index, null).body()).isEqualTo("true");
    assertThat(get(path).status()).isEqualTo(404);
  }

  @Test
  void anUnknownSessionChangesNothing() throws IOException {
    String path = "/v1/kv/" + prefix;
    RawHttp.Answer answer =
        send("PUT", path + "?acquire=b0b0b0b0-0000-0000-0000-000000000000", "x");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).contains("invalid session");
    assertThat(send("PUT", path + "?release=b0b0b0b0-0000-0000-0000-000000000000", "x").body())
        .isEqualTo("false");
    assertThat(get(path).status()).isEqualTo(404);
  }

  // ---- methods, parameters, errors

  @Test
  void methods() throws IOException {
    assertText(send("POST", "/v1/kv/" + prefix, "x"), 405, "method POST not allowed");
    RawHttp.Answer head = send("HEAD", "/v1/kv/" + prefix, null);
    assertThat(head.status()).isEqualTo(405);
    assertThat(head.header("Allow")).isEqualTo("OPTIONS,GET,PUT,DELETE");
    RawHttp.Answer options = send("OPTIONS", "/v1/kv/" + prefix, null);
    assertText(options, 200, "");
    assertThat(options.header("Allow")).isEqualTo("OPTIONS,GET,PUT,DELETE");
    RawHttp.Answer put = send("PUT", "/v1/catalog/nodes", "{}");
    assertText(put, 405, "method PUT not allowed");
    assertThat(put.header("Allow")).isEqualTo("OPTIONS,GET");
    assertThat(send("OPTIONS", "/v1/agent/join/x", null).header("Allow")).isEqualTo("OPTIONS,PUT");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "GET|/nope|if attempting to use the HTTP API, ensure the path starts with '/v1/'",
        "POST|/nope|if attempting to use the HTTP API, ensure the path starts with '/v1/'",
        "DELETE|/v1|if attempting to use the HTTP API, ensure the path starts with '/v1/'",
        "GET|/v1/agent/self/|not a recognized HTTP API endpoint",
        "GET|/v1/agent/selfie|not a recognized HTTP API endpoint",
        "GET|/v1/kv;x/a|not a recognized HTTP API endpoint",
      })
  void anUnknownPathIs404(String method, String target, String text) throws IOException {
    assertText(send(method, target, null), 404, "Invalid URL path: " + text + "\n");
  }

  @Test
  void theRootSaysWhatThisIs() throws IOException {
    assertText(get("/"), 200, "Consul Agent");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/v1/kv/@?index=x|400|Invalid index",
        "GET|/v1/kv/@?index=1&wait=soon|400|Invalid wait time",
        "GET|/v1/catalog/nodes?index=-1|400|Invalid index",
        "GET|/v1/catalog/nodes?stale&consistent|400|Cannot specify ?stale with ?consistent, conflicting semantics.",
        "GET|/v1/kv/@?cached&consistent|400|Cannot specify ?cached with ?consistent, conflicting semantics.",
        "GET|/v1/kv/@?max_stale=x|400|Invalid max_stale value \"x\"",
        "GET|/v1/kv/|400|Missing key name",
        "PUT|/v1/kv/|400|Missing key name",
        "DELETE|/v1/kv/|400|Missing key name",
        "PUT|/v1/kv/@?acquire=z&cas=0|400|Conflicting flags: acquire=z&cas=0",
        "DELETE|/v1/kv/@?recurse&cas=0|400|Conflicting flags: cas=0&recurse=",
        "PUT|/v1/kv/@?cas=x|500|strconv.ParseUint: parsing \"x\": invalid syntax",
        "PUT|/v1/kv/@?flags=-1|500|strconv.ParseUint: parsing \"-1\": invalid syntax",
        "GET|/v1/kv/@?x=%zz|500|''",
        "GET|/v1/kv/@?dc=elsewhere|500|No path to datacenter",
        "PUT|/v1/kv/@?dc=elsewhere|500|No path to datacenter",
        "GET|/v1/catalog/nodes?dc=elsewhere|500|No path to datacenter",
        "GET|/v1/status/leader?dc=elsewhere|500|No path to datacenter",
        "GET|/v1/catalog/node/|400|Missing node name",
        "GET|/v1/catalog/service/|400|Missing service name",
        "GET|/v1/health/node/|400|Missing node name",
        "GET|/v1/catalog/node-services/|400|Missing node name",
        "GET|/v1/health/checks/|400|Missing service name",
        "GET|/v1/health/service/|400|Missing service name",
        "GET|/v1/health/state/|400|Missing check state",
        "GET|/v1/health/service/@?passing=maybe|400|Invalid value for ?passing",
        "GET|/v1/health/service/@?filter=Foo==1|500|Failed to create boolean expression evaluator: Selector \"Foo\" is not valid",
        "GET|/v1/catalog/nodes?filter=Node+matches+%22[%22|500|Failed to create boolean expression evaluator: Failed to compile regular expression \"[\": error parsing regexp: missing closing ]: `[`",
      })
  void aWrongRequestGetsConsulsText(String method, String target, int status, String text)
      throws IOException {
    assertText(
        send(method, target.replace("@", prefix), method.equals("PUT") ? "v" : null), status, text);
    assertThat(get("/v1/kv/" + prefix).status()).isEqualTo(404);
  }

  @Test
  void headersOfTheClientDoNotMatter() throws IOException {
    RawHttp.Answer answer =
        RawHttp.send(
            server,
            "GET",
            "/v1/catalog/nodes",
            null,
            "Accept: text/html",
            "Content-Type: not a type",
            "Accept-Language: !!",
            "Authorization: Bearer x",
            "X-Consul-Token: x");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
  }

  // ---- catalog

  private void register(String json) throws IOException {
    put("/v1/catalog/register", json.replace("@", prefix));
  }

  @Test
  void theCatalogRoundTrips() throws IOException {
    register(
        "{\"Node\":\"@\",\"Address\":\"192.0.2.1\",\"Service\":{\"ID\":\"@-web1\",\"Service\":\"@-web\","
            + "\"Tags\":[\"v1\"],\"Port\":8080},\"Check\":{\"CheckID\":\"@-c\",\"Name\":\"c\","
            + "\"Status\":\"passing\",\"ServiceID\":\"@-web1\"}}");
    RawHttp.Answer instances = get("/v1/catalog/service/" + prefix + "-web");
    assertThat(instances.body())
        .matches(
            "\\[\\{\"ID\":\"\",\"Node\":\"@\",\"Address\":\"192.0.2.1\",\"Datacenter\":\"dc1\",\"TaggedAddresses\":null,\"NodeMeta\":null,\"ServiceKind\":\"\",\"ServiceID\":\"@-web1\",\"ServiceName\":\"@-web\",\"ServiceTags\":\\[\"v1\"],\"ServiceAddress\":\"\",\"ServiceWeights\":\\{\"Passing\":1,\"Warning\":1},\"ServiceMeta\":\\{},\"ServicePort\":8080,\"ServiceSocketPath\":\"\",\"ServiceEnableTagOverride\":false,\"ServiceProxy\":\\{\"Mode\":\"\",\"MeshGateway\":\\{},\"Expose\":\\{}},\"ServiceConnect\":\\{},\"CreateIndex\":\\d+,\"ModifyIndex\":\\d+}]"
                .replace("@", prefix));
    assertThat(instances.header("X-Consul-Effective-Consistency")).isEqualTo("leader");
    assertThat(get("/v1/catalog/service/" + prefix + "-web?tag=v1").body())
        .isEqualTo(instances.body());
    assertThat(get("/v1/catalog/service/" + prefix + "-web?tag=v2").body()).isEqualTo("[]");
    JsonObject node = json(get("/v1/catalog/node/" + prefix)).asJsonObject();
    assertThat(node.getJsonObject("Services").keySet()).containsExactly(prefix + "-web1");
    JsonObject check = json(get("/v1/health/node/" + prefix)).asJsonArray().getJsonObject(0);
    assertThat(check.getString("ServiceName")).isEqualTo(prefix + "-web");
    assertThat(check.keySet())
        .containsExactly(
            "Node",
            "CheckID",
            "Name",
            "Status",
            "Notes",
            "Output",
            "ServiceID",
            "ServiceName",
            "ServiceTags",
            "Type",
            "Interval",
            "Timeout",
            "ExposedPort",
            "Definition",
            "CreateIndex",
            "ModifyIndex");
    assertThat(json(get("/v1/catalog/services")).asJsonObject().getJsonArray(prefix + "-web"))
        .hasSize(1);
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "\"}");
    assertThat(get("/v1/catalog/node/" + prefix).body()).isEqualTo("null");
    assertThat(get("/v1/health/node/" + prefix).body()).isEqualTo("[]");
    assertThat(get("/v1/catalog/service/" + prefix + "-web").body()).isEqualTo("[]");
  }

  @Test
  void healthJoinsNodeServiceAndChecks() throws IOException {
    for (int i = 1; i <= 2; i++) {
      register(
          """
          {"Node":"@-%1$d","Address":"192.0.2.%1$d","NodeMeta":{"i":"%1$d"},
           "Service":{"ID":"api","Service":"@-api","Tags":["t%1$d"]},
           "Checks":[{"CheckID":"node","Name":"n","Status":"passing"},
                     {"CheckID":"svc","Name":"s","ServiceID":"api","Status":"%2$s"}]}
          """
              .formatted(i, i == 1 ? "passing" : "warning"));
    }
    String path = "/v1/health/service/" + prefix + "-api";
    JsonArray all = json(get(path)).asJsonArray();
    assertThat(all).hasSize(2);
    JsonObject first = all.getJsonObject(0);
    assertThat(first.keySet()).containsExactly("Node", "Service", "Checks");
    assertThat(first.getJsonObject("Node").keySet())
        .containsExactly(
            "ID",
            "Node",
            "Address",
            "Datacenter",
            "TaggedAddresses",
            "Meta",
            "CreateIndex",
            "ModifyIndex");
    assertThat(first.getJsonObject("Service").getString("ID")).isEqualTo("api");
    assertThat(first.getJsonArray("Checks")).hasSize(2);
    for (String one :
        List.of(
            "passing",
            "passing=true",
            "tag=t1",
            "node-meta=i:1",
            "filter=not+Checks.Status+==+warning+and+Node.Meta.i+==+1",
            "filter=t1+in+Service.Tags",
            "near=_agent&passing")) {
      RawHttp.Answer answer = get(path + "?" + one);
      JsonArray found = json(answer).asJsonArray();
      assertThat(found).as(one).hasSize(1);
      assertThat(found.getJsonObject(0).getJsonObject("Node").getString("Node"))
          .isEqualTo(prefix + "-1");
    }
    assertThat(json(get(path + "?passing=false")).asJsonArray()).hasSize(2);
    String name = prefix + "-api";
    for (String[] one :
        new String[][] {
          {"ServiceName+==+%22" + name + "%22", "[\"t1\",\"t2\"]"},
          {"t2+in+ServiceTags+and+ServiceName+==+%22" + name + "%22", "[\"t2\"]"},
          {"ServiceName+==+%22" + name + "%22&node-meta=i:1", "[\"t1\"]"}
        }) {
      assertThat(get("/v1/catalog/services?filter=" + one[0]).body())
          .isEqualTo("{\"" + name + "\":" + one[1] + "}");
    }
    assertThat(get(path + "?tag=t1&tag=t2").body()).isEqualTo("[]");
    RawHttp.Answer cached = get(path + "?cached");
    assertThat(cached.header("X-Cache")).isEqualTo("MISS");
    assertThat(cached.header("X-Consul-Effective-Consistency")).isEqualTo("leader");
    assertThat(json(get("/v1/health/checks/" + prefix + "-api")).asJsonArray()).hasSize(2);
    assertThat(
            json(get("/v1/health/state/warning?filter=ServiceName+==+%22" + prefix + "-api%22"))
                .asJsonArray())
        .hasSize(1);
    assertThat(get("/v1/health/state/nosuch").body()).isEqualTo("[]");
    for (int i = 1; i <= 2; i++) {
      put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "-" + i + "\"}");
    }
  }

  @Test
  void aNodesServicesAreAListToo() throws IOException {
    register("{\"Node\":\"@\",\"Address\":\"192.0.2.1\",\"Service\":{\"Service\":\"a\"}}");
    register("{\"Node\":\"@\",\"Address\":\"192.0.2.1\",\"Service\":{\"Service\":\"b\"}}");
    String path = "/v1/catalog/node-services/" + prefix;
    JsonObject list = json(get(path)).asJsonObject();
    assertThat(list.keySet()).containsExactly("Node", "Services");
    assertThat(list.getJsonArray("Services")).hasSize(2);
    assertThat(
            json(get(path + "?filter=Service+==+b"))
                .asJsonObject()
                .getJsonArray("Services")
                .getJsonObject(0)
                .getString("ID"))
        .isEqualTo("b");
    assertThat(
            json(get("/v1/catalog/node/" + prefix + "?filter=Service+!=+b"))
                .asJsonObject()
                .getJsonObject("Services")
                .keySet())
        .containsExactly("a");
    assertThat(get(path + "-other").body()).isEqualTo("{\"Node\":null,\"Services\":null}");
    RawHttp.Answer bad = get(path + "?filter=Foo+is+empty");
    assertThat(bad.status()).isEqualTo(500);
    assertThat(bad.header("X-Consul-Index")).isEqualTo("1");
    assertThat(bad.header("X-Consul-KnownLeader")).isEqualTo("false");
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "\"}");
  }

  @Test
  void largeAnswersAreCompressedForWhoTakesIt() throws IOException {
    put("/v1/kv/" + prefix, "0123456789".repeat(300));
    for (String target : List.of("/v1/kv/" + prefix + "?raw", "/v1/kv/?recurse")) {
      byte[] plain = get(target).bytes();
      RawHttp.Answer answer =
          RawHttp.send(server, "GET", target, null, "Accept-Encoding: deflate, gzip;q=0.9");
      assertThat(answer.header("Content-Encoding")).as(target).isEqualTo("gzip");
      assertThat(answer.bytes().length).isLessThan(plain.length);
      assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.bytes())).readAllBytes())
          .isEqualTo(plain);
      assertOurs(answer);
    }
    RawHttp.Answer self =
        RawHttp.send(server, "GET", "/v1/agent/self", null, "Accept-Encoding: gzip");
    assertThat(self.header("Content-Encoding")).isEqualTo("gzip");
    RawHttp.Answer small =
        RawHttp.send(server, "GET", "/v1/status/leader", null, "Accept-Encoding: gzip");
    assertThat(small.header("Content-Encoding")).isNull();
  }

  @Test
  void aNameInThePathIsTakenAsItIs() throws IOException {
    register("{\"Node\":\"@ a/b;c\",\"Address\":\"192.0.2.1\"}");
    JsonObject node = json(get("/v1/catalog/node/" + prefix + "%20a%2Fb;c")).asJsonObject();
    assertThat(node.getJsonObject("Node").getString("Node")).isEqualTo(prefix + " a/b;c");
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + " a/b;c\"}");
  }

  @Test
  void nodesAreFilteredByTheirMeta() throws IOException {
    register("{\"Node\":\"@-1\",\"Address\":\"192.0.2.1\",\"NodeMeta\":{\"@\":\"x:y\"}}");
    register("{\"Node\":\"@-2\",\"Address\":\"192.0.2.2\",\"NodeMeta\":{\"@\":\"z\"}}");
    List<String> names = new ArrayList<>();
    json(get("/v1/catalog/nodes?node-meta=" + prefix + ":x:y"))
        .asJsonArray()
        .forEach(n -> names.add(n.asJsonObject().getString("Node")));
    assertThat(names).containsExactly(prefix + "-1");
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "-1\"}");
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "-2\"}");
  }

  @Test
  void aWrongRegistrationGetsConsulsText() throws IOException {
    String path = "/v1/catalog/register";
    assertText(send("PUT", path, "{\"Address\":\"192.0.2.1\"}"), 500, "Must provide node");
    assertText(
        send("PUT", path, "{\"Node\":\"x\"}"),
        500,
        "Must provide address if SkipNodeUpdate is not set");
    assertText(send("PUT", "/v1/catalog/deregister", "{}"), 500, "Must provide node");
    assertText(
        send("PUT", path, "{\"Node\":\"x\",\"Address\":\"1\",\"Datacenter\":\"elsewhere\"}"),
        500,
        "No path to datacenter");
    for (String body : List.of("", "{", "[]", "{\"Node\":7}")) {
      RawHttp.Answer answer = send("PUT", path, body);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).startsWith("Request decode failed: ").doesNotContain("\n");
    }
  }

  // ---- agent, status, operator

  @Test
  void theNodesOwnEndpointsHaveNoIndex() throws IOException {
    for (String path :
        List.of(
            "/v1/agent/self",
            "/v1/agent/members",
            "/v1/status/leader",
            "/v1/status/peers",
            "/v1/operator/raft/configuration",
            "/v1/catalog/datacenters")) {
      RawHttp.Answer answer = get(path);
      assertThat(answer.status()).as(path).isEqualTo(200);
      assertThat(answer.headers().keySet())
          .as(path)
          .doesNotContain("X-Consul-Index", "X-Consul-KnownLeader", "X-Consul-LastContact");
      assertOurs(answer);
    }
    JsonObject self = json(get("/v1/agent/self")).asJsonObject();
    assertThat(self.keySet())
        .containsExactly("Config", "DebugConfig", "Coord", "Member", "Stats", "Meta");
    assertThat(json(get("/v1/agent/members")).asJsonArray().getJsonObject(0).keySet())
        .containsExactly(
            "Name",
            "Addr",
            "Port",
            "Tags",
            "Status",
            "ProtocolMin",
            "ProtocolMax",
            "ProtocolCur",
            "DelegateMin",
            "DelegateMax",
            "DelegateCur");
    assertThat(get("/v1/agent/members?wan=1").body()).isEqualTo("null");
    assertThat(get("/v1/status/leader").body()).matches("\"127\\.\\d+\\.\\d+\\.\\d+:\\d+\"");
    assertThat(get("/v1/catalog/datacenters").body()).isEqualTo("[\"dc1\"]");
    JsonObject raft = json(get("/v1/operator/raft/configuration")).asJsonObject();
    assertThat(raft.keySet()).containsExactly("Servers", "Index");
    assertThat(raft.getJsonArray("Servers").getJsonObject(0).keySet())
        .containsExactly(
            "ID", "Node", "Address", "Leader", "ProtocolVersion", "Voter", "LastIndex");
  }

  @Test
  void autopilotShowsWhatConsulsDoes() throws IOException {
    assertThat(json(get("/v1/operator/autopilot/configuration")).asJsonObject().keySet())
        .containsExactly(
            "CleanupDeadServers",
            "LastContactThreshold",
            "MaxTrailingLogs",
            "MinQuorum",
            "ServerStabilizationTime",
            "RedundancyZoneTag",
            "DisableUpgradeMigration",
            "UpgradeVersionTag",
            "CreateIndex",
            "ModifyIndex");
    JsonObject health = json(get("/v1/operator/autopilot/health")).asJsonObject();
    assertThat(health.keySet()).containsExactly("Healthy", "FailureTolerance", "Servers");
    assertThat(health.getJsonArray("Servers").getJsonObject(0).keySet())
        .containsExactly(
            "ID",
            "Name",
            "Address",
            "SerfStatus",
            "Version",
            "Leader",
            "LastContact",
            "LastTerm",
            "LastIndex",
            "Healthy",
            "StableSince",
            "Voter");
    JsonObject state = json(get("/v1/operator/autopilot/state")).asJsonObject();
    assertThat(state.keySet())
        .containsExactly(
            "Healthy",
            "FailureTolerance",
            "OptimisticFailureTolerance",
            "Servers",
            "Leader",
            "Voters");
    assertThat(state.getJsonObject("Servers").keySet()).contains(state.getString("Leader"));
    assertText(
        send("PUT", "/v1/operator/autopilot/configuration?cas=x", "{}"),
        400,
        "Error parsing cas value: strconv.ParseUint: parsing \"x\": invalid syntax");
  }

  @Test
  void withoutAKeyThereIsNoKeyring() throws IOException {
    String begin =
        "2 errors occurred:\n\t* dc1 (LAN) error: 1/1 nodes reported failure\n\t* surface: ";
    String key = "{\"Key\": \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"}";
    assertText(
        get("/v1/operator/keyring"), 500, begin + "Keyring is empty (encryption not enabled)\n\n");
    for (String method : List.of("POST", "PUT", "DELETE")) {
      assertText(
          send(method, "/v1/operator/keyring", key),
          500,
          begin + "No keyring to modify (encryption not enabled)\n\n");
      assertText(
          send(method, "/v1/operator/keyring?relay-factor=9", key),
          400,
          "Invalid relay-factor: Relay factor must be in range: [0, 5]");
    }
  }

  @Test
  void whoIsNotKnownCannotBeForced() throws IOException {
    assertText(
        send("PUT", "/v1/agent/force-leave/" + prefix, null),
        500,
        "agent: No node found with name '" + prefix + "'");
  }

  // ---- reads that wait

  @Test
  void aBlockingReadReturnsWithTheChange() throws Exception {
    String path = "/v1/kv/" + prefix;
    put(path, "1");
    String index = get(path).header("X-Consul-Index");
    CompletableFuture<RawHttp.Answer> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return get(path + "?raw&wait=10s&index=" + index);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    put(path + "-other", "x");
    put(path, "2");
    RawHttp.Answer answer = waiting.get(12, TimeUnit.SECONDS);
    assertThat(answer.body()).isEqualTo("2");
    assertThat(Long.parseLong(answer.header("X-Consul-Index")))
        .isGreaterThan(Long.parseLong(index));
  }

  @Test
  void aBlockingReadEndsWithTheSameIndex() throws IOException {
    String path = "/v1/kv/" + prefix;
    put(path, "1");
    String index = get(path).header("X-Consul-Index");
    RawHttp.Answer answer = get(path + "?raw&wait=50ms&index=" + index);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("X-Consul-Index")).isEqualTo(index);
    RawHttp.Answer nodes = get("/v1/catalog/nodes?wait=50ms&index=18446744073709551615");
    assertThat(nodes.status()).isEqualTo(200);
  }

  @Test
  void readsOfEveryConsistencyAnswer() throws IOException {
    put("/v1/kv/" + prefix, "1");
    for (String mode : List.of("", "&consistent", "&stale", "&leader", "&max_stale=10s")) {
      assertThat(get("/v1/kv/" + prefix + "?raw" + mode).body()).as(mode).isEqualTo("1");
    }
    assertThat(get("/v1/catalog/nodes?stale").header("X-Consul-Effective-Consistency"))
        .isEqualTo("stale");
    assertThat(get("/v1/catalog/nodes?consistent").header("X-Consul-Effective-Consistency"))
        .isEqualTo("consistent");
  }

  // ---- who asks, and how

  private static RawHttp.Answer raw(String request) throws IOException {
    try (RawHttp http = new RawHttp(server)) {
      http.begin(request);
      return http.answer();
    }
  }

  @Test
  void oneHostIsNeededAndItMustBeOurs() throws IOException {
    String get = "GET /v1/status/leader HTTP/1.1\r\n";
    assertText(raw(get + "\r\n"), 400, "400 Bad Request: missing required Host header");
    assertThat(raw(get + "Host: page.example\r\n\r\n").status()).isEqualTo(403);
    assertThat(raw(get + "Host: localhost:8500\r\n\r\n").status()).isEqualTo(200);
    assertThat(raw(get + "Host: surface.node.dc1.consul\r\n\r\n").status()).isEqualTo(200);
    assertThat(raw("GET /v1/status/leader HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
    String put = "PUT /v1/kv/" + prefix + " HTTP/1.1\r\nHost: %s\r\nContent-Length: 1\r\n\r\nx";
    assertThat(raw(put.formatted("page.example")).status()).isEqualTo(403);
    assertThat(get("/v1/kv/" + prefix).status()).isEqualTo(404);
  }

  @Test
  void aPrivateHeaderDoesNotMakeAHostOurs() throws IOException {
    RawHttp.Answer answer =
        raw(
            "GET /v1/status/leader HTTP/1.1\r\nHost: page.example\r\n$WSSN: localhost\r\n"
                + "$WSSP: 8500\r\n\r\n");
    assertThat(answer.status()).isEqualTo(403);
  }

  @Test
  void aPageOfAnotherOriginIsRefused() throws IOException {
    String own = "http://" + server.getHostString() + ":8500";
    for (String header : List.of("Origin: http://page.example", "Sec-Fetch-Site: cross-site")) {
      RawHttp.Answer answer = RawHttp.send(server, "GET", "/v1/status/leader", null, header);
      assertThat(answer.status()).as(header).isEqualTo(403);
      assertOurs(answer);
    }
    try (RawHttp http = new RawHttp(server)) {
      http.begin(
          "GET /v1/status/leader HTTP/1.1\r\nHost: "
              + server.getHostString()
              + ":8500\r\nOrigin: "
              + own
              + "\r\nSec-Fetch-Site: same-origin\r\n\r\n");
      assertThat(http.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void aHeaderOf40KilobytesIsServed() throws IOException {
    RawHttp.Answer answer =
        RawHttp.send(server, "GET", "/v1/status/leader", null, "X-Long: " + "a".repeat(40 * 1024));
    assertThat(answer.status()).isEqualTo(200);
  }

  // ---- bodies

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "deflate", "zlib", "br", "identity"})
  void aBodyIsStoredAsItWasSent(String encoding) throws IOException {
    byte[] packed = gzip("some text, some text, some text, some text");
    for (byte[] body : List.of(packed, "no such encoding".getBytes(StandardCharsets.UTF_8))) {
      RawHttp.Answer put =
          RawHttp.send(server, "PUT", "/v1/kv/" + prefix, body, "Content-Encoding: " + encoding);
      assertThat(put.body()).isEqualTo("true");
      assertThat(get("/v1/kv/" + prefix + "?raw").bytes()).isEqualTo(body);
      RawHttp.Answer chunked =
          RawHttp.send(
              server,
              "PUT",
              "/v1/kv/" + prefix + "-2",
              body,
              "Transfer-Encoding: chunked",
              "Content-Encoding: " + encoding);
      assertThat(chunked.body()).isEqualTo("true");
      assertThat(get("/v1/kv/" + prefix + "-2?raw").bytes()).isEqualTo(body);
    }
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }

  /**
   * One way is a servlet's, the other that of JAX-RS; the key is one that a container reads
   * otherwise.
   */
  @Test
  void aBodyMayComeInPieces() throws IOException {
    String key = "/v1/kv/" + prefix + "%2Fa;b%252F";
    String node = "{\"Node\":\"" + prefix + "\",\"Address\":\"192.0.2.1\"}";
    for (String[] one :
        new String[][] {{key, "x".repeat(100_000)}, {"/v1/catalog/register", node}}) {
      try (RawHttp http = new RawHttp(server)) {
        for (int round = 0; round < 3; round++) {
          int half = one[1].length() / 2;
          http.begin(
              "PUT "
                  + one[0]
                  + " HTTP/1.1\r\nHost: it\r\nContent-Length: "
                  + one[1].length()
                  + "\r\n\r\n");
          // What is asked beside it was read after the head, so that the head has been read.
          assertThat(get("/v1/status/leader").status()).isEqualTo(200);
          http.begin(one[1].substring(0, half));
          assertThat(get("/v1/status/leader").status()).isEqualTo(200);
          http.begin(one[1].substring(half));
          assertThat(http.answer().body()).isEqualTo("true");
        }
      }
    }
    assertThat(get(key + "?raw").body()).hasSize(100_000);
    put("/v1/catalog/deregister", "{\"Node\":\"" + prefix + "\"}");
  }

  @Test
  void halfSentBodiesHoldNobodyUp() throws IOException {
    List<RawHttp> halves = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        RawHttp http = new RawHttp(server);
        halves.add(http);
        http.begin(
            "PUT /v1/kv/" + prefix + " HTTP/1.1\r\nHost: it\r\nContent-Length: 9\r\n\r\nhalf");
      }
      assertThat(get("/v1/status/leader").status()).isEqualTo(200);
      for (RawHttp http : halves) {
        http.begin(" body"); // all of them at once: the server waits 10 s for the next piece
      }
      for (RawHttp http : halves) {
        assertThat(http.answer().body()).isEqualTo("true");
      }
      assertThat(get("/v1/kv/" + prefix + "?raw").body()).isEqualTo("half body");
    } finally {
      for (RawHttp http : halves) {
        http.close();
      }
    }
  }

  /** More of them than there are threads that make answers, of a JAX-RS resource. */
  @Test
  void clientsThatReadNothingHoldNobodyUp() throws IOException {
    put("/v1/kv/" + prefix + "/1", "x".repeat(300_000));
    put("/v1/kv/" + prefix + "/2", "x".repeat(300_000));
    String read = "[{\"KV\":{\"Verb\":\"get-tree\",\"Key\":\"" + prefix + "/\"}}]";
    byte[] request =
        ("PUT /v1/txn HTTP/1.1\r\nHost: it\r\nContent-Length: " + read.length() + "\r\n\r\n" + read)
            .getBytes(StandardCharsets.US_ASCII);
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 80; i++) {
        Socket socket = new Socket();
        silent.add(socket);
        socket.setReceiveBufferSize(4_096);
        socket.connect(server);
        socket.getOutputStream().write(request);
      }
      for (Socket socket : silent) {
        socket.setSoTimeout(15_000);
        assertThat(socket.getInputStream().read()).as("its answer has begun").isEqualTo('H');
      }
      RawHttp.Answer answer = send("PUT", "/v1/txn", read);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.bytes().length).isGreaterThan(800_000);
      String rest =
          new String(silent.get(0).getInputStream().readNBytes(800_000), StandardCharsets.UTF_8);
      assertThat(rest).startsWith("TTP/1.1 200 ");
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  // ---- connections

  @Test
  void goodAnswersKeepTheConnection() throws IOException {
    try (RawHttp http = new RawHttp(server)) {
      byte[] value = "v".getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 200; i++) {
        assertThat(http.send("PUT", "/v1/kv/" + prefix, value).body()).isEqualTo("true");
        assertThat(http.send("GET", "/v1/kv/" + prefix + "?raw", null).body()).isEqualTo("v");
        assertThat(http.send("GET", "/v1/status/leader", null).status()).isEqualTo(200);
      }
    }
  }

  /** As most clients' do: one packet with the head, one with the body. */
  @Test
  void eachOfManyRequestsWhoseBodiesComeLaterIsAnswered() throws Exception {
    int clients = 32;
    int each = 200;
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Integer>> answered = new ArrayList<>();
      for (int c = 0; c < clients; c++) {
        String key = "/v1/kv/" + prefix + "/" + c;
        answered.add(threads.submit(() -> putInTwoPackets(key, each)));
      }
      for (Future<Integer> one : answered) {
        assertThat(one.get(2, TimeUnit.MINUTES)).isEqualTo(each);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int putInTwoPackets(String path, int requests) throws IOException {
    String head = "PUT " + path + " HTTP/1.1\r\nHost: it\r\nContent-Length: 64\r\n\r\n";
    String body = "v".repeat(64);
    int answered = 0;
    try (RawHttp http = new RawHttp(server)) {
      for (int i = 0; i < requests; i++) {
        http.begin(head);
        http.begin(body);
        answered += http.answer().body().equals("true") ? 1 : 0;
      }
    }
    return answered;
  }

  @Test
  void healthTellsThatItIsReady() throws IOException {
    JsonObject ready = json200("/health/ready");
    assertThat(ready.getJsonArray("checks").getJsonObject(0).getString("name"))
        .isEqualTo("comitia");
  }

  private static JsonObject json200(String path) throws IOException {
    RawHttp.Answer answer = get(path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(answer.bytes()))) {
      return reader.readObject();
    }
  }

  // ---- access control

  @ParameterizedTest
  @ValueSource(
      strings = {"tokens", "token/self", "token/x", "policies", "policy/name/x", "roles", "role/x"})
  void withoutAccessControlItsEndpointsSaySo(String path) throws IOException {
    assertText(get("/v1/acl/" + path), 401, "ACL support disabled");
    assertText(send("PUT", "/v1/acl/bootstrap", ""), 401, "ACL support disabled");
  }
}
