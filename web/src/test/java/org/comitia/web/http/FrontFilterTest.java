package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrontFilterTest {
  @ParameterizedTest
  @CsvSource({
    "/v1/kv/k?ns=team-a, Invalid query parameter: \"ns\" - Namespaces",
    "/v1/kv/k?partition=p, Invalid query parameter: \"partition\" - Partitions",
    "/v1/health/service/web?peer=p, Invalid query parameter: \"peer\" - Cluster peering",
    "/v1/agent/services?ns=default, Invalid query parameter: \"ns\" - Namespaces"
  })
  void namespacesPartitionsAndPeersAreRefused(String target, String why) {
    Exchange exchange = Exchange.of("GET", target);
    assertThat(exchange.status()).isEqualTo(400);
    assertThat(exchange.body()).startsWith("Bad request: " + why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/kv/k?ns=", "/v1/status/leader?ns=a", "/v1/agent/self?partition=a"})
  void whereThereIsNothingOfANamespacesItIsPassedOver(String target) {
    assertThat(Exchange.of("GET", target).status()).isEqualTo(200);
  }

  @Test
  void aNamespaceInAHeaderIsRefused() {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    Exchange exchange = Exchange.with(filter, "PUT", "/v1/kv/k", "X-Consul-Namespace", "team-a");
    assertThat(exchange.status()).isEqualTo(400);
    assertThat(exchange.body())
        .isEqualTo(
            "Bad request: Invalid header: \"X-Consul-Namespace\" - Namespaces are a Consul Enterprise"
                + " feature");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "//v1/agent/self, /v1/agent/self",
    "/v1/kv/a//b?raw&x=%2F, /v1/kv/a/b?raw&x=%2F",
    "/v1/kv/a%2F%2Fb%20c, /v1/kv/a/b%20c",
    "/v1/kv/../agent/self, /v1/agent/self",
    "/v1/kv?keys, /v1/kv/?keys",
    "/v1/catalog//node, /v1/catalog/node/",
    "/nope//x, /nope/x",
  })
  void redirectsToTheCleanPath(String target, String location) {
    Exchange exchange = Exchange.of("GET", target);
    assertThat(exchange.status()).isEqualTo(301);
    assertThat(exchange.header("Location")).isEqualTo(location);
    assertThat(exchange.call()).isNull();
    Exchange put = Exchange.of("PUT", target);
    assertThat(put.status()).isEqualTo(301);
    assertThat(put.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/kv/a%2Fb, a/b",
    "/v1/kv/a/, a/",
    "/v1/kv/a;b, a;b",
    "/v1/kv/, ''",
    "/v1/kv/a+b, a+b",
  })
  void handsTheKeyOnAsItIs(String target, String key) {
    Call call = Exchange.of("GET", target).call();
    assertThat(call.rest()).isEqualTo(key);
    assertThat(call.endpoint()).isSameAs(Endpoint.KV);
  }

  @Test
  void aResourceSeesOnlyItsFixedPath() {
    Exchange exchange = Exchange.of("GET", "/v1/catalog/node/a;b%2F?stale");
    assertThat(exchange.passedOn().getRequestURI()).isEqualTo("/v1/catalog/node");
    assertThat(exchange.passedOn().getQueryString()).isNull();
    assertThat(exchange.passedOn().getHeader("Accept")).isNull();
    assertThat(exchange.call().name()).isEqualTo("a;b/");
    assertThat(exchange.call().query().has("stale")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "HEAD", "PATCH"})
  void refusesOtherMethods(String method) {
    Exchange exchange = Exchange.of(method, "/v1/kv/x");
    assertThat(exchange.status()).isEqualTo(405);
    assertThat(exchange.header("Allow")).isEqualTo("OPTIONS,GET,PUT,DELETE");
    assertThat(exchange.header("Content-Type")).startsWith("text/plain");
    assertThat(exchange.body()).isEqualTo("method " + method + " not allowed");
  }

  @Test
  void tellsTheOptions() {
    Exchange exchange = Exchange.of("OPTIONS", "/v1/agent/leave");
    assertThat(exchange.status()).isEqualTo(200);
    assertThat(exchange.header("Allow")).isEqualTo("OPTIONS,PUT");
    assertThat(exchange.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 200, Consul Agent",
    "GET, /v1/kv/a%zz, 400, 400 Bad Request",
    "GET, /v1/kv/a%C2%80, 400, ''",
    "GET, /v1/kv/a?x=%zz, 500, ''",
  })
  void answersItself(String method, String target, int status, String body) {
    Exchange exchange = Exchange.of(method, target);
    assertThat(exchange.status()).isEqualTo(status);
    assertThat(exchange.body()).isEqualTo(body);
    assertThat(exchange.header("Vary")).isEqualTo("Accept-Encoding");
    assertThat(exchange.header("X-Consul-Default-ACL-Policy")).isEqualTo("allow");
    assertThat(exchange.call()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/nope|if attempting to use the HTTP API, ensure the path starts with '/v1/'",
        "POST|/v1|if attempting to use the HTTP API, ensure the path starts with '/v1/'",
        "GET|/v1/agent/self/|not a recognized HTTP API endpoint",
        "PUT|/x/v1/kv/a|not a recognized HTTP API endpoint",
      })
  void tellsThatAPathIsUnknown(String method, String target, String text) {
    Exchange exchange = Exchange.of(method, target);
    assertThat(exchange.status()).isEqualTo(404);
    assertThat(exchange.body()).isEqualTo("Invalid URL path: " + text + "\n");
  }

  private static FrontFilter filter(String... settings) throws InvalidSettingsException {
    Map<String, String> properties = new HashMap<>(Map.of("comitia.bind-address", "127.0.0.1"));
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    return new FrontFilter(HttpOptions.of(Settings.of(properties)));
  }

  @Test
  void blocksEndpoints() throws InvalidSettingsException {
    FrontFilter filter = filter("comitia.http.block-endpoints", "/v1/agent/leave,/v1/kv/secret");
    for (String method : List.of("GET", "PUT", "OPTIONS")) {
      Exchange blocked = Exchange.with(filter, method, "/v1/kv/secret/a");
      assertThat(blocked.status()).isEqualTo(403);
      assertThat(blocked.body()).isEqualTo("Endpoint is blocked by agent configuration");
      assertThat(blocked.call()).isNull();
    }
    assertThat(Exchange.with(filter, "PUT", "/v1/agent/leave").status()).isEqualTo(403);
    assertThat(Exchange.with(filter, "GET", "/v1/kv/open").call()).isNotNull();
  }

  @Test
  void takesWritesFromSomeNetworksOnly() throws InvalidSettingsException {
    FrontFilter others = filter("comitia.http.allow-write-from", "10.0.0.0/8,::1/128");
    Exchange put = Exchange.with(others, "PUT", "/v1/kv/a");
    assertThat(put.status()).isEqualTo(403);
    assertThat(put.body()).isEqualTo("Access is restricted");
    assertThat(Exchange.with(others, "DELETE", "/v1/kv/a").status()).isEqualTo(403);
    assertThat(Exchange.with(others, "GET", "/v1/kv/a").call()).isNotNull();
    FrontFilter ours = filter("comitia.http.allow-write-from", "10.0.0.0/8,127.0.0.0/8");
    assertThat(Exchange.with(ours, "PUT", "/v1/kv/a").call()).isNotNull();
  }

  @Test
  void sendsTheConfiguredHeaders() throws InvalidSettingsException {
    FrontFilter filter =
        filter(
            "comitia.http.response-headers",
            "Access-Control-Allow-Origin:*,X-List:a\\,b, X-Time: 10:20");
    for (String target : List.of("/", "/nope", "/v1/kv//a", "/v1/kv/a")) {
      Exchange exchange = Exchange.with(filter, "GET", target);
      assertThat(exchange.header("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(exchange.header("X-List")).isEqualTo("a,b");
      assertThat(exchange.header("X-Time")).isEqualTo(" 10:20");
      assertThat(exchange.header("Vary")).isEqualTo("Accept-Encoding");
    }
  }

  @Test
  void indentsEverythingInDevelopment() throws InvalidSettingsException {
    FrontFilter dev = filter("comitia.dev", "true", "comitia.data-dir", "/tmp/none");
    assertThat(Exchange.with(dev, "GET", "/v1/kv/a").call().pretty()).isTrue();
    assertThat(Exchange.of("GET", "/v1/kv/a").call().pretty()).isFalse();
    assertThat(Exchange.of("GET", "/v1/kv/a?pretty=false").call().pretty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "gzip, true",
    "'deflate, GZIP ;q=0.5', true",
    "'br, gzip', true",
    "gzip;q=1.0, true",
    "gzip;q=0, false",
    "gzip; q=0.00, false",
    "x-gzip, false",
    "*, false",
    ", false",
  })
  void knowsWhoTakesGzip(String header, boolean takes) {
    Exchange exchange =
        header == null
            ? Exchange.of("GET", "/v1/kv/a")
            : Exchange.with(
                new FrontFilter(HttpOptions.DEFAULT), "GET", "/v1/kv/a", "Accept-Encoding", header);
    assertThat(exchange.call().wishes().gzip()).isEqualTo(takes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:8500",
        "10.1.2.3",
        "[::1]:8500",
        "[fe80::1%25eth0]",
        "localhost:8500",
        "LocalHost",
        "app.localhost:8500",
        "n1",
        "n1.node.consul:8500",
        "n1.node.dc1.consul",
        "consul.service.consul",
        "consul:8500",
        "a.example.com",
        "b.cluster.local.",
      })
  void answersUnderItsNames(String host) throws InvalidSettingsException {
    FrontFilter filter =
        filter(
            "comitia.node-name",
            "n1",
            "comitia.http.allowed-hosts",
            "A.example.com,*.cluster.local");
    for (String target : List.of("/", "/v1/kv/a")) {
      Exchange exchange = Exchange.with(filter, "GET", target, "Host", host);
      assertThat(exchange.status()).as(host).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "page.example",
        "page.example:8500",
        "127.0.0.1.page.example",
        "localhost.page.example",
        "b.example.com",
        "cluster.local",
        "xn1.node.consul",
      })
  void refusesAHostThatItIsNotCalledBy(String host) throws InvalidSettingsException {
    FrontFilter filter =
        filter(
            "comitia.node-name",
            "n1",
            "comitia.http.allowed-hosts",
            "a.example.com,*.cluster.local");
    for (String target : List.of("/", "/v1/kv/a", "/v1/kv//a", "/nope")) {
      for (String method : List.of("GET", "PUT", "OPTIONS")) {
        Exchange exchange = Exchange.with(filter, method, target, "Host", host);
        assertThat(exchange.status()).isEqualTo(403);
        assertThat(exchange.body()).contains("http_config.allowed_hosts");
        assertThat(exchange.call()).isNull();
      }
    }
    FrontFilter open = filter("comitia.http.allowed-hosts", "*");
    assertThat(Exchange.with(open, "GET", "/v1/kv/a", "Host", host).call()).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1, , 400 Bad Request: missing required Host header",
    "HTTP/1.1, a|b, 400 Bad Request: too many Host headers",
    "HTTP/1.1, a b, 400 Bad Request: malformed Host header",
    "HTTP/1.1, a:x, 400 Bad Request: malformed Host header",
    "HTTP/1.1, http://a, 400 Bad Request: malformed Host header",
  })
  void refusesARequestWithoutOneHost(String protocol, String host, String text) {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    String sent = host == null ? null : host.replace('|', '\n');
    Exchange exchange = Exchange.with(protocol, filter, "GET", "/v1/kv/a", "Host", sent);
    assertThat(exchange.status()).isEqualTo(400);
    assertThat(exchange.body()).isEqualTo(text);
    assertThat(exchange.call()).isNull();
  }

  @Test
  void anOlderRequestNeedsNoHost() {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    assertThat(Exchange.with("HTTP/1.0", filter, "GET", "/v1/kv/a", "Host", null).call())
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "Origin, http://127.0.0.1:8500, 200",
    "Origin, HTTPS://127.0.0.1:8500, 200",
    "Origin, http://127.0.0.1:8501, 403",
    "Origin, http://127.0.0.1, 403",
    "Origin, http://page.example, 403",
    "Origin, null, 403",
    "Origin, 127.0.0.1:8500, 403",
    "Sec-Fetch-Site, cross-site, 403",
    "Sec-Fetch-Site, Same-Site, 403",
    "Sec-Fetch-Site, same-origin, 200",
    "Sec-Fetch-Site, none, 200",
  })
  void aPageOfAnotherOriginIsRefused(String name, String value, int status) {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    for (String method : List.of("GET", "PUT", "OPTIONS")) {
      Exchange exchange = Exchange.with(filter, method, "/v1/kv/a", name, value);
      assertThat(exchange.status()).isEqualTo(status);
      assertThat(exchange.status() == 403).isEqualTo(exchange.body().contains("web page"));
    }
  }

  @Test
  void pagesThatTheHeadersAllowMayUseTheApi() throws InvalidSettingsException {
    FrontFilter all = filter("comitia.http.response-headers", "access-control-allow-origin:*");
    FrontFilter one =
        filter("comitia.http.response-headers", "Access-Control-Allow-Origin:http://ui.example");
    for (FrontFilter filter : List.of(all, one)) {
      assertThat(
              Exchange.with(
                      filter,
                      "GET",
                      "/",
                      "Origin",
                      "http://ui.example",
                      "Sec-Fetch-Site",
                      "cross-site")
                  .status())
          .isEqualTo(200);
    }
    assertThat(Exchange.with(one, "GET", "/", "Origin", "http://ui.example.b").status())
        .isEqualTo(403);
    assertThat(Exchange.with(one, "GET", "/", "Sec-Fetch-Site", "cross-site").status())
        .isEqualTo(403);
  }

  @Test
  void aLimitCountsWhatIsUnderWayOnly() throws InvalidSettingsException {
    FrontFilter filter = filter("comitia.limits.http-max-conns-per-client", "2");
    for (int i = 0; i < 10; i++) {
      assertThat(Exchange.with(filter, "GET", "/v1/kv/a").call()).isNotNull();
    }
    ClientLimit limit = new ClientLimit(2);
    assertThat(limit.enter("a")).isTrue();
    assertThat(limit.enter("a")).isTrue();
    assertThat(limit.enter("a")).isFalse();
    assertThat(limit.enter("b")).isTrue();
    limit.leave("a");
    assertThat(limit.enter("a")).isTrue();
    assertThat(limit.enter("a")).isFalse();
    ClientLimit none = new ClientLimit(0);
    for (int i = 0; i < 1_000; i++) {
      assertThat(none.enter("a")).isTrue();
    }
  }

  @Test
  void readsTheBodyWhole() {
    assertThat(Exchange.of("PUT", "/v1/kv/x", bytes("a=b&c")).call().body())
        .isEqualTo(bytes("a=b&c"));
    assertThat(Exchange.of("PUT", "/v1/kv/x", bytes("chunked"), -1).call().body())
        .isEqualTo(bytes("chunked"));
    assertThat(Exchange.of("PUT", "/v1/kv/x", new byte[Body.MAX]).call().body()).hasSize(Body.MAX);
  }

  /** On the container's thread, and on another. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void aBodyThatComesInPiecesIsAwaited(int here) {
    FrontFilter filter = filter(new BodyThreads(here, Runnable::run, new CompletableFuture<>()));
    for (byte[] content : List.of(bytes("a"), new byte[Body.MAX])) {
      Exchange announced = later(filter, "/v1/kv/x", content, content.length);
      assertThat(announced.call().body()).isEqualTo(content);
      assertThat(announced.call().rest()).isEqualTo("x");
      assertThat(announced.awaited()).isEqualTo(here == 0);
      Exchange resource = later(filter, "/v1/txn", content, content.length);
      assertThat(resource.passedOn().getRequestURI()).isEqualTo("/v1/txn");
      assertThat(resource.call().bodyLength()).isEqualTo(content.length);
    }
    Exchange large = later(filter, "/v1/kv/x", new byte[Body.MAX + 1], -1);
    assertThat(large.status()).isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void aBodyThatDoesNotComeEndsTheRequest(int here) {
    FrontFilter filter = filter(new BodyThreads(here, Runnable::run, new CompletableFuture<>()));
    Exchange late = half(filter, Exchange.Pieces.SILENCE);
    assertThat(late.status()).isEqualTo(408);
    assertThat(late.body()).startsWith("COM4018: the body did not come in time: 4 bytes came");
    Exchange broken = half(filter, Exchange.Pieces.BROKEN);
    assertThat(broken.status()).isEqualTo(400);
    assertThat(broken.body()).isEqualTo("the body broke off after 4 bytes");
    Exchange ended = half(filter, Exchange.Pieces.LATER);
    assertThat(ended.status()).isEqualTo(400);
    assertThat(ended.body()).isEqualTo("the body ended after 4 of 8 bytes");
    for (Exchange exchange : List.of(late, broken, ended)) {
      assertThat(exchange.completed()).isEqualTo(here == 0);
      assertThat(exchange.header("Connection")).isEqualTo("close");
      assertThat(exchange.call()).isNull();
    }
  }

  private static Exchange later(FrontFilter filter, String target, byte[] content, long announced) {
    return Exchange.of(filter, "PUT", target, content, announced, Exchange.Pieces.LATER);
  }

  private static Exchange half(FrontFilter filter, Exchange.Pieces pieces) {
    return Exchange.of(filter, "PUT", "/v1/kv/x", bytes("half"), 8, pieces);
  }

  @Test
  void moreBodiesThanAreAwaitedAreRefused() {
    Executor full =
        task -> {
          throw new RejectedExecutionException();
        };
    FrontFilter filter = filter(new BodyThreads(0, full, new CompletableFuture<>()));
    Exchange refused = later(filter, "/v1/kv/x", bytes("later"), 5);
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.body()).startsWith("COM4028");
    assertThat(refused.header("Connection")).isEqualTo("close");
    assertThat(refused.completed()).isTrue();
  }

  @Test
  void aBodyForWhichThereIsNoThreadIsRefusedAndTakesNoShareOfItsClient() {
    AtomicReference<Executor> threads =
        new AtomicReference<>(
            task -> {
              throw new Error("no thread");
            });
    FrontFilter filter =
        filter(new BodyThreads(0, task -> threads.get().execute(task), new CompletableFuture<>()));
    for (int i = 0; i < 200; i++) {
      Exchange refused = later(filter, "/v1/kv/x", bytes("later"), 5);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.completed()).isTrue();
    }
    threads.set(Runnable::run);
    assertThat(later(filter, "/v1/kv/x", bytes("later"), 5).call()).isNotNull();
  }

  @Test
  void anErrorWhileABodyIsHandedOnEndsItsRequest() {
    FrontFilter filter = filter(new BodyThreads(0, Runnable::run, new CompletableFuture<>()));
    Handler noMemory =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            if (line.getMessage().startsWith("Request error")) {
              throw new Error("struck by the test");
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("agent.http");
    log.addHandler(noMemory);
    try {
      for (Exchange exchange :
          List.of(
              half(filter, Exchange.Pieces.SILENCE),
              later(filter, "/v1/kv/x", new byte[Body.MAX + 1], -1))) {
        assertThat(exchange.completed()).isTrue();
        assertThat(exchange.status()).isEqualTo(500);
        assertThat(exchange.body()).startsWith("COM4031");
      }
    } finally {
      log.removeHandler(noMemory);
    }
  }

  @Test
  void anErrorInOneWhoWaitsKeepsNoOtherFromItsEnd() {
    BodyThreads bodies = new BodyThreads(0, task -> {}, new CompletableFuture<>());
    AtomicInteger looked = new AtomicInteger();
    for (int i = 0; i < 2; i++) {
      bodies.await(
          new BodyThreads.Waiting() {
            @Override
            public void run() {}

            @Override
            public void end() {}

            @Override
            public void look(long now) {
              looked.incrementAndGet();
              throw new Error("struck by the test");
            }
          },
          "127.0.0.1");
    }
    bodies.look();
    assertThat(looked).hasValue(2);
  }

  /** A client's socket may block; the stop, and the look at the others, may not. */
  @Test
  void whoFindsThatABodyDoesNotComeDoesNotSendTheAnswer() {
    List<Runnable> answers = new ArrayList<>();
    CompletableFuture<Void> ending = new CompletableFuture<>();
    FrontFilter filter = filter(new BodyThreads(0, task -> {}, answers::add, ending));
    Exchange waiting = half(filter, Exchange.Pieces.SILENCE);
    ending.complete(null);
    assertThat(waiting.completed()).isFalse();
    answers.forEach(Runnable::run);
    assertThat(waiting.completed()).isTrue();
    assertThat(waiting.body()).startsWith("COM4029");
  }

  /** On the container's thread, and on another. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void bodiesAreBoundedInBytesTogetherUntilTheirRequestsEnd(int here) {
    FrontFilter filter = filter(new BodyThreads(here, Runnable::run, new CompletableFuture<>()));
    filter.bound(new Incoming(400_000));
    for (int i = 0; i < 3; i++) {
      Exchange large = later(filter, "/v1/kv/x", new byte[200_000], here == 0 ? -1 : 200_000);
      assertThat(large.status()).isEqualTo(503);
      assertThat(large.body()).startsWith("COM4033");
      assertThat(large.header("Retry-After")).isEqualTo("1");
      assertThat(large.header("Connection")).isEqualTo("close");
      assertThat(large.call()).isNull();
      Exchange fits = later(filter, "/v1/kv/x", new byte[60_000], here == 0 ? -1 : 60_000);
      assertThat(fits.call().body()).as("what others kept was given back").hasSize(60_000);
    }
  }

  /** One that sends half of many large bodies, and then byte by byte. */
  @Test
  void aClientHasAShareOfTheBytesOfBodies() {
    Incoming all = new Incoming(1_000);
    ClientLimit any = new ClientLimit(0);
    UnderWay greedy = new UnderWay(any, all, "a");
    for (int i = 0; i < 10; i++) {
      greedy.keep(100);
    }
    UnderWay other = new UnderWay(any, all, "b");
    assertThat(other.keep(100)).as("room for the others").isTrue();
    assertThat(new UnderWay(any, all, "a").keep(51)).as("whatever the request").isFalse();
    assertThat(new UnderWay(any, all, "a").keep(50)).isTrue();
    greedy.onComplete(null);
    assertThat(new UnderWay(any, all, "a").keep(200)).as("what was given back").isTrue();
    assertThat(new UnderWay(any, all, "a").keep(1)).isFalse();
    assertThat(other.keep(151)).isFalse();
    assertThat(other.keep(150)).isTrue();
  }

  /** Its buffer is larger, at times. */
  @ParameterizedTest
  @ValueSource(longs = {262_145, -1})
  void aBodyThatHasComeCountsWithItsLength(long announced) {
    int length = 262_145;
    int share = announced < 0 ? Body.MAX : length;
    Incoming all = new Incoming(4 * share);
    UnderWay one = new UnderWay(new ClientLimit(0), all, "a");
    HttpServletRequest request =
        Exchange.of("GET", "/v1/kv/x", new byte[length], announced).passedOn();
    Body body = Body.read(request, Duration.ofSeconds(9), () -> false, one);
    assertThat(body.bytes()).hasSize(length);
    UnderWay other = new UnderWay(new ClientLimit(0), all, "a");
    assertThat(other.keep(share - length)).isTrue();
    assertThat(other.keep(1)).isFalse();
    one.onComplete(null);
    assertThat(other.keep(length)).isTrue();
    assertThat(other.keep(1)).isFalse();
  }

  /** It is not kept anyway. */
  @Test
  void aBodyThatIsAnnouncedAsTooLargeTakesNoRoom() {
    FrontFilter filter = filter(new BodyThreads(1, Runnable::run, new CompletableFuture<>()));
    filter.bound(new Incoming(400_000));
    assertThat(later(filter, "/v1/kv/x", new byte[Body.MAX + 1], Body.MAX + 1).status())
        .isEqualTo(413);
  }

  @Test
  void anAnsweredRequestKeepsNoMoreOfItsBody() {
    Incoming all = new Incoming(400);
    UnderWay first = new UnderWay(new ClientLimit(0), all, "a");
    UnderWay second = new UnderWay(new ClientLimit(0), all, "a");
    assertThat(first.keep(60)).isTrue();
    assertThat(second.keep(50)).isFalse();
    assertThat(second.keep(40)).isTrue();
    first.onError(null);
    first.onComplete(null);
    assertThat(first.keep(1)).isFalse();
    assertThat(second.keep(60)).isTrue();
    assertThat(second.keep(1)).isFalse();
  }

  @Test
  void aClientHasAShareOfThoseWhoWaitForBodies() {
    List<Runnable> begun = new ArrayList<>();
    FrontFilter filter = filter(new BodyThreads(0, begun::add, new CompletableFuture<>()));
    for (int i = 0; i < 128; i++) {
      assertThat(half(filter, Exchange.Pieces.SILENCE).completed()).isFalse();
    }
    Exchange one = half(filter, Exchange.Pieces.SILENCE);
    assertThat(one.status()).isEqualTo(503);
    assertThat(one.header("Retry-After")).isEqualTo("1");
    begun.forEach(Runnable::run);
    assertThat(half(filter, Exchange.Pieces.SILENCE).completed()).isFalse();
  }

  /** Even when no read ends: byte by byte the frame of a chunk takes any time. */
  @Test
  void aBodyHasItsTimeHoweverItComes() {
    List<Runnable> begun = new ArrayList<>();
    BodyThreads bodies = new BodyThreads(0, begun::add, new CompletableFuture<>());
    Exchange waiting = half(filter(bodies), Exchange.Pieces.SILENCE);
    HttpOptions usual = HttpOptions.DEFAULT;
    HttpOptions noTime =
        new HttpOptions(
            false,
            Map.of(),
            List.of(),
            List.of(),
            200,
            usual.defaultWait(),
            usual.maxWait(),
            Duration.ZERO,
            Duration.ZERO,
            false,
            List.of(),
            List.of(),
            false,
            true);
    Exchange late = half(new FrontFilter(noTime, () -> "", bodies), Exchange.Pieces.SILENCE);
    bodies.look();
    assertThat(waiting.completed()).isFalse();
    assertThat(late.status()).isEqualTo(408);
    assertThat(late.body()).startsWith("COM4018");
    begun.forEach(Runnable::run);
    assertThat(late.status()).isEqualTo(408);
    BodyThreads none = new BodyThreads(1, begun::add, new CompletableFuture<>());
    Exchange trickle =
        later(new FrontFilter(noTime, () -> "", none), "/v1/kv/x", new byte[100_000], 100_000);
    assertThat(trickle.status()).as("on the container's thread").isEqualTo(408);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void aBodyThatCannotBeReadIsAnswered(int here) {
    FrontFilter filter = filter(new BodyThreads(here, Runnable::run, new CompletableFuture<>()));
    Exchange faulty = half(filter, Exchange.Pieces.FAULTY);
    assertThat(faulty.status()).isEqualTo(500);
    assertThat(faulty.body()).startsWith("COM4031");
    assertThat(faulty.completed()).isEqualTo(here == 0);
    assertThat(faulty.header("Connection")).isEqualTo("close");
  }

  @Test
  void aBodyWhoseEndIsSaidInTwoWaysIsRefused() {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    for (String[] headers :
        List.of(
            new String[] {"Transfer-Encoding", "chunked", "Content-Length", "5"},
            new String[] {"Transfer-Encoding", "gzip, chunked"},
            new String[] {"Transfer-Encoding", "chunked\ngzip"},
            new String[] {"Transfer-Encoding", "chunked\nchunked"},
            new String[] {"Content-Length", "5\n5"})) {
      Exchange exchange = Exchange.with(filter, "PUT", "/v1/kv/x", bytes("value"), headers);
      assertThat(exchange.status()).isEqualTo(400);
      assertThat(exchange.header("Connection")).isEqualTo("close");
      assertThat(exchange.call()).isNull();
    }
    assertThat(
            Exchange.with("HTTP/1.0", filter, "PUT", "/v1/kv/x", "Transfer-Encoding", "chunked")
                .status())
        .isEqualTo(400);
  }

  private static FrontFilter filter(BodyThreads bodies) {
    return new FrontFilter(HttpOptions.DEFAULT, () -> "", bodies);
  }

  @Test
  void beforeAStopNoBodyIsAwaitedAnyLonger() {
    List<Runnable> begun = new ArrayList<>();
    CompletableFuture<Void> ending = new CompletableFuture<>();
    FrontFilter filter = filter(new BodyThreads(0, begun::add, ending));
    Exchange before = half(filter, Exchange.Pieces.SILENCE);
    assertThat(before.completed()).isFalse();
    ending.complete(null);
    Exchange after = half(filter, Exchange.Pieces.SILENCE);
    begun.forEach(Runnable::run); // come to nothing
    for (Exchange exchange : List.of(before, after)) {
      assertThat(exchange.completed()).isTrue();
      assertThat(exchange.status()).isEqualTo(503);
      assertThat(exchange.body()).startsWith("COM4029");
    }
  }

  @Test
  void aRequestWithoutABodyWaitsForNone() {
    Exchange leave = Exchange.with(new FrontFilter(HttpOptions.DEFAULT), "PUT", "/v1/agent/leave");
    assertThat(leave.call().body()).isEmpty();
    assertThat(leave.awaited()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"gzip, true", "deflate, true", "br, true", "identity, false", "Identity, false"})
  void aPackedBodyIsRefusedWhereTheServerMayUnpackIt(String encoding, boolean refused)
      throws InvalidSettingsException {
    FrontFilter unknown = new FrontFilter(HttpOptions.DEFAULT);
    FrontFilter told = filter("comitia.http.encoded-bodies", "true");
    String[] header = {"Content-Encoding", encoding};
    Exchange put = Exchange.with(unknown, "PUT", "/v1/kv/x", bytes("1"), header);
    assertThat(put.status()).isEqualTo(refused ? 415 : 200);
    assertThat(put.call() == null).isEqualTo(refused);
    assertThat(Exchange.with(told, "PUT", "/v1/kv/x", bytes("1"), header).call().body())
        .isEqualTo(bytes("1"));
    assertThat(Exchange.with(unknown, "GET", "/v1/kv/x", bytes(""), header).call()).isNotNull();
  }

  @Test
  void aPackedBodyIsRefusedWhicheverHeaderLineSaysSo() {
    FrontFilter unknown = new FrontFilter(HttpOptions.DEFAULT);
    String[] header = {"Content-Encoding", "identity\ngzip"};
    assertThat(Exchange.with(unknown, "PUT", "/v1/kv/x", bytes("1"), header).status())
        .isEqualTo(415);
    header[1] = "identity\nidentity";
    assertThat(Exchange.with(unknown, "PUT", "/v1/kv/x", bytes("1"), header).status())
        .isEqualTo(200);
  }

  @Test
  void noAnswerMayBeTakenForAnotherType() {
    for (String target : List.of("/", "/nope", "/v1/kv//a", "/v1/kv/a", "/v1/kv/a%zz")) {
      assertThat(Exchange.of("GET", target).header("X-Content-Type-Options")).isEqualTo("nosniff");
    }
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    Exchange announced = Exchange.of("PUT", "/v1/kv/x", new byte[Body.MAX + 1]);
    assertThat(announced.status()).isEqualTo(413);
    assertThat(announced.body())
        .startsWith("Request body(524289 bytes) too large, max size: 524288 bytes. See ");
    assertThat(announced.call()).isNull();
    Exchange chunked = Exchange.of("PUT", "/v1/kv/x", new byte[2 * Body.MAX], -1);
    assertThat(chunked.status()).isEqualTo(413);
    assertThat(chunked.body()).startsWith("Request body(1048576 bytes) too large");
  }

  @Test
  void logsARefusalInConsulsForm() throws Exception {
    assertThat(logged(() -> Exchange.of("POST", "/v1/kv/x?token=secret&a=1")))
        .isEqualTo(
            "SEVERE Request error: method=POST url=/v1/kv/x?token=<hidden>&a=1"
                + " from=127.0.0.1:4711 error=\"method POST not allowed\"\n");
  }

  /** Whoever waits for an agent asks before it serves. */
  @Test
  void isNoErrorInTheLogThatTheNodeIsStarting() throws Exception {
    FrontFilter filter =
        new FrontFilter(
            HttpOptions.DEFAULT,
            () -> "COM4016: the agent is starting",
            new BodyThreads(1, Runnable::run, new CompletableFuture<>()));
    assertThat(logged(() -> Exchange.with(filter, "GET", "/v1/status/leader")))
        .startsWith("INFO Request error: method=GET url=/v1/status/leader from=127.0.0.1:4711")
        .endsWith(" error=\"COM4016: the agent is starting\"\n");
  }

  private interface Asking {
    void ask() throws Exception;
  }

  private static String logged(Asking asking) throws Exception {
    StringBuilder lines = new StringBuilder();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.append(line.getLevel()).append(' ').append(line.getMessage()).append('\n');
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("agent.http");
    log.addHandler(handler);
    try {
      asking.ask();
    } finally {
      log.removeHandler(handler);
    }
    return lines.toString();
  }

  @Test
  void untilTheNodeServesEveryEndpointSaysSoAndThatTheRequestMayBeSentAgain() {
    AtomicReference<String> reason = new AtomicReference<>("COM4016: the agent is starting");
    FrontFilter filter =
        new FrontFilter(
            HttpOptions.DEFAULT,
            reason::get,
            new BodyThreads(1, Runnable::run, new CompletableFuture<>()));
    for (Endpoint endpoint : Endpoint.ALL) {
      String method = endpoint.methods().get(0);
      Exchange exchange = Exchange.with(filter, method, endpoint.pattern());
      if (endpoint.pattern().equals("/v1/agent/self")) {
        assertThat(exchange.passedOn()).as("it says more, and has the status itself").isNotNull();
      } else {
        assertThat(exchange.passedOn()).as(endpoint.pattern()).isNull();
        assertThat(exchange.status()).as(endpoint.pattern()).isEqualTo(503);
        assertThat(exchange.body()).isEqualTo("COM4016: the agent is starting");
        assertThat(exchange.header("Retry-After")).isEqualTo("1");
      }
    }
    reason.set("");
    assertThat(Exchange.with(filter, "GET", "/v1/agent/members").passedOn()).isNotNull();
  }
}
