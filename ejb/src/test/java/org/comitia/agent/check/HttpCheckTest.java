package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpCheckTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path folder;

  private final Bench bench = new Bench();
  private final ExecutorService serving = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(ANY_PORT, 0);
    server.setExecutor(serving);
    server.start();
  }

  @AfterEach
  void close() {
    bench.close();
    server.stop(0);
    serving.shutdownNow();
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static SpecBuilder get(String url) {
    SpecBuilder spec = new SpecBuilder();
    spec.http = url;
    return spec;
  }

  @Test
  void statusDecides() throws Exception {
    server.createContext("/ok", e -> answer(e, 200, "all is well"));
    server.createContext("/busy", e -> answer(e, 429, "later"));
    server.createContext("/broken", e -> answer(e, 500, ""));
    server.createContext("/none", e -> answer(e, 204, ""));
    assertThat(bench.once(get(url("/ok"))))
        .isEqualTo(
            new Bench.Update(
                CheckStatus.PASSING, "HTTP GET " + url("/ok") + ": 200 OK Output: all is well"));
    Bench.Update busy = bench.once(get(url("/busy")));
    assertThat(busy.status()).isEqualTo(CheckStatus.WARNING);
    assertThat(busy.output())
        .isEqualTo("HTTP GET " + url("/busy") + ": 429 Too Many Requests Output: later");
    Bench.Update broken = bench.once(get(url("/broken")));
    assertThat(broken.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(broken.output()).contains(": 500 Internal Server Error Output: ");
    assertThat(bench.once(get(url("/none"))).status()).isEqualTo(CheckStatus.PASSING);
  }

  @Test
  void sendsMethodHeadersAndBody() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>("");
    server.createContext(
        "/",
        e -> {
          String body;
          try (InputStream in = e.getRequestBody()) {
            body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          }
          seen.set(
              e.getRequestMethod()
                  + " "
                  + e.getRequestURI()
                  + " host="
                  + e.getRequestHeaders().getFirst("Host")
                  + " agent="
                  + e.getRequestHeaders().getFirst("User-Agent")
                  + " accept="
                  + e.getRequestHeaders().getFirst("Accept")
                  + " x="
                  + e.getRequestHeaders().get("X-Test")
                  + " body="
                  + body);
          answer(e, 200, "");
        });
    SpecBuilder spec = get(url("/a b?c=d"));
    spec.method = "POST";
    spec.body = "{\"ping\":true}";
    spec.header.put("Host", List.of("service.example"));
    spec.header.put("X-Test", List.of("1", "2"));
    Bench.Update update = bench.once(spec);
    assertThat(update.output()).startsWith("HTTP POST " + url("/a b?c=d") + ": 200 OK");
    assertThat(seen.get())
        .isEqualTo(
            "POST /a%20b?c=d host=service.example agent=Consul Health Check"
                + " accept=text/plain, text/*, */* x=[1, 2] body={\"ping\":true}");
  }

  @Test
  void followsRedirectsUnlessToldNotTo() throws Exception {
    server.createContext(
        "/from",
        e -> {
          e.getResponseHeaders().set("Location", "/to");
          answer(e, 302, "");
        });
    server.createContext("/to", e -> answer(e, 200, e.getRequestMethod()));
    server.createContext(
        "/round",
        e -> {
          e.getResponseHeaders().set("Location", "/round");
          answer(e, 301, "");
        });
    SpecBuilder spec = get(url("/from"));
    spec.method = "POST";
    assertThat(bench.once(spec).output())
        .isEqualTo("HTTP POST " + url("/from") + ": 200 OK Output: GET");
    spec.disableRedirects = true;
    Bench.Update stopped = bench.once(spec);
    assertThat(stopped.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(stopped.output()).contains(": 302 ");
    assertThat(bench.once(get(url("/round"))).output())
        .isEqualTo("Get \"" + url("/round") + "\": stopped after 10 redirects");
  }

  @Test
  void keepsTheEndOfALongAnswer() throws Exception {
    server.createContext("/", e -> answer(e, 200, "a".repeat(300_000) + "the end"));
    SpecBuilder spec = get(url("/"));
    spec.outputMaxSize = 10;
    assertThat(bench.once(spec).output()).endsWith(" Output: aaathe end");
  }

  @Test
  void aServerThatDoesNotAnswerIsCriticalAfterTheTimeout() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    server.createContext(
        "/",
        e -> {
          try {
            over.await();
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
          answer(e, 200, "");
        });
    SpecBuilder spec = get(url("/"));
    spec.timeout = Duration.ofMillis(200);
    Bench.Update update = bench.once(spec);
    over.countDown();
    assertThat(update.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(update.output())
        .isEqualTo(
            "Get \""
                + url("/")
                + "\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
  }

  @Test
  void nobodyThereIsCritical() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port + "/health";
    assertThat(bench.once(get(url)))
        .isEqualTo(
            new Bench.Update(
                CheckStatus.CRITICAL,
                "Get \""
                    + url
                    + "\": dial tcp 127.0.0.1:"
                    + port
                    + ": connect: connection refused"));
    assertThat(bench.once(get("ftp://127.0.0.1/")).output())
        .isEqualTo("Get \"ftp://127.0.0.1/\": unsupported protocol scheme \"ftp\"");
    assertThat(bench.once(get("http://name.invalid/")).output())
        .isEqualTo("Get \"http://name.invalid/\": dial tcp: lookup name.invalid: no such host");
  }

  @Test
  void aThousandChecksOfAServerThatHangsHoldUpNobody() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int before = ManagementFactory.getThreadMXBean().getThreadCount();
      for (int i = 0; i < 1_000; i++) {
        SpecBuilder hanging = get("http://127.0.0.1:" + silent.getLocalPort() + "/");
        hanging.timeout = Duration.ofSeconds(30);
        bench.start(hanging);
      }
      server.createContext("/ok", e -> answer(e, 200, "yes"));
      assertThat(bench.once(get(url("/ok"))).status()).isEqualTo(CheckStatus.PASSING);
      // the I/O thread, the bench's six, one that serves
      assertThat(ManagementFactory.getThreadMXBean().getThreadCount() - before).isLessThan(16);
    }
  }

  @Test
  void tlsIsVerifiedUnlessToldNotTo() throws Exception {
    AtomicReference<String> asked = new AtomicReference<>("");
    HttpsServer secure = HttpsServer.create(ANY_PORT, 0);
    secure.setHttpsConfigurator(
        new HttpsConfigurator(sslContext(SelfSigned.keys("service.example", folder))) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters ours = getSSLContext().getDefaultSSLParameters();
            parameters.setSSLParameters(ours);
          }
        });
    secure.createContext(
        "/",
        e -> {
          var session =
              (ExtendedSSLSession) ((com.sun.net.httpserver.HttpsExchange) e).getSSLSession();
          asked.set(session.getRequestedServerNames().toString());
          answer(e, 200, "secret");
        });
    secure.setExecutor(serving);
    secure.start();
    try {
      String url = "https://127.0.0.1:" + secure.getAddress().getPort() + "/";
      Bench.Update unknown = bench.once(get(url));
      assertThat(unknown.status()).isEqualTo(CheckStatus.CRITICAL);
      assertThat(unknown.output()).startsWith("Get \"" + url + "\": ").contains("PKIX");
      SpecBuilder lax = get(url);
      lax.tlsSkipVerify = true;
      lax.tlsServerName = "service.example";
      assertThat(bench.once(lax).output()).isEqualTo("HTTP GET " + url + ": 200 OK Output: secret");
      assertThat(asked.get()).contains("service.example");
    } finally {
      secure.stop(0);
    }
  }

  private static SSLContext sslContext(KeyManager[] keys) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, null, null);
    return context;
  }
}
