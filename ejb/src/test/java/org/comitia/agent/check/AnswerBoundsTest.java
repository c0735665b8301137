package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a checked service may answer at most; its check fails beyond, and no other. */
class AnswerBoundsTest {
  private final Bench bench = new Bench();
  private final ExecutorService serving = Executors.newCachedThreadPool();
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    bench.close();
    server.close();
    serving.shutdownNow();
  }

  /** A check of a service that answers with this head. */
  private Bench.Update checked(String head) throws Exception {
    return checked(head, 0, 0);
  }

  /**
   * @param announced octets of body that it speaks of
   * @param body octets that it sends before it waits
   */
  private Bench.Update checked(String head, int announced, int body) throws Exception {
    serving.execute(
        () -> {
          try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            assertThat(in.read()).isPositive();
            OutputStream out = socket.getOutputStream();
            out.write(
                ("HTTP/1.1 200 OK\r\n" + head + "Content-Length: " + announced + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] block = new byte[64 << 10];
            for (int left = body; left > 0; left -= block.length) {
              out.write(block, 0, Math.min(left, block.length));
            }
            out.flush();
            while (in.read() >= 0) {
              // until the check has read what it wants
            }
          } catch (IOException e) {
            // the check has closed the connection
          }
        });
    SpecBuilder spec = new SpecBuilder();
    spec.http = "http://127.0.0.1:" + server.getLocalPort() + "/";
    spec.timeout = Duration.ofSeconds(20);
    return bench.once(spec);
  }

  private static String line(int length) {
    return "X: " + "a".repeat(length - 3) + "\r\n";
  }

  @Test
  void aHeaderLineIsAsLongAsTheBoundAndNoLonger() throws Exception {
    assertThat(checked(line(CheckNetwork.MAX_HEADER_LINE)).status()).isEqualTo(CheckStatus.PASSING);
    Bench.Update over = checked(line(CheckNetwork.MAX_HEADER_LINE + 1));
    assertThat(over.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(over.output()).contains("Maximum line length limit exceeded");
    assertThat(checked("").status()).as("the next check").isEqualTo(CheckStatus.PASSING);
  }

  @Test
  void thereAreAsManyHeadersAsTheBoundAndNoMore() throws Exception {
    String others = line(8).repeat(CheckNetwork.MAX_HEADERS - 1); // and the length
    assertThat(checked(others).status()).isEqualTo(CheckStatus.PASSING);
    Bench.Update over = checked(others + line(8));
    assertThat(over.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(over.output()).contains("Maximum header count exceeded");
  }

  /** As with Consul the status decides, however the body ends. */
  @Test
  void aBodyIsReadUpToTheBoundAndNoFurther() throws Exception {
    int max = Exchange.MAX_BODY;
    assertThat(checked("", max, max).status()).isEqualTo(CheckStatus.PASSING);
    Bench.Update over = checked("", max + 2, max + 1);
    assertThat(over.status()).as("it does not wait for the rest").isEqualTo(CheckStatus.PASSING);
  }

  @Test
  void aNetworkWhoseThreadHasEndedBeginsAnew() throws Exception {
    AtomicInteger threads = new AtomicInteger();
    CompletableFuture<Thread> first = new CompletableFuture<>();
    CheckNetwork network =
        new CheckNetwork(
            work -> {
              // the first one ends at once, as by an error that nobody catches
              Thread thread = new Thread(threads.getAndIncrement() == 0 ? () -> {} : work);
              first.complete(thread);
              return thread;
            },
            serving);
    try {
      Endpoint endpoint = new Endpoint("127.0.0.1", server.getLocalPort(), null);
      long second = TimeUnit.SECONDS.toNanos(20);
      CompletableFuture<IOSession> lost =
          network.connect(endpoint, CheckNetwork.Protocol.NONE, second);
      first.get(20, TimeUnit.SECONDS).join(20_000);
      assertThat(lost.isDone() && !lost.isCompletedExceptionally()).isFalse();

      IOSession session =
          network.connect(endpoint, CheckNetwork.Protocol.NONE, second).get(20, TimeUnit.SECONDS);
      assertThat(session.isOpen()).isTrue();
      session.close(CloseMode.IMMEDIATE);
    } finally {
      network.close();
    }
  }

  @Test
  void aMethodIsATokenAndAPasswordIsNotShown() throws Exception {
    SpecBuilder spec = new SpecBuilder();
    spec.http = "http://127.0.0.1:1/";
    spec.method = "GE T";
    assertThat(bench.once(spec).output()).isEqualTo("net/http: invalid method \"GE T\"");

    spec.method = "";
    spec.http = "http://user:p@ss@127.0.0.1:1/";
    assertThat(bench.once(spec).output()).startsWith("Get \"http://user:***@127.0.0.1:1/\": ");
  }
}
