package org.comitia.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.comitia.cluster.Reply;
import org.comitia.config.HostPort;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;

/**
 * Measures round trips between two transports of one JVM over loopback: {@code java ... RoundTrips
 * [bytes [encrypted [strangers]]]}: with a key, and beside so many who begin handshakes as fast as
 * they can and end none. Prints figures, asserts nothing.
 */
final class RoundTrips {
  private RoundTrips() {}

  public static void main(String[] args) throws Exception {
    byte[] body = new byte[args.length > 0 ? Integer.parseInt(args[0]) : 1024];
    KeyedTls tls =
        args.length > 1
            ? new KeyedTls(List.of(EncryptionKey.parse(EncryptionKey.generate())))
            : null;
    try (Station a = new Station(Station.free("127.0.30.21"), tls, limits -> {});
        Station b = new Station(Station.free("127.0.30.22"), tls, limits -> {})) {
      oneAtATime(a, b, body, 20_000);
      oneAtATime(a, b, body, 20_000);
      if (args.length > 2) {
        besideStrangers(a, b, body, Integer.parseInt(args[2]), SecuredTransportTest.hello(tls));
      }
      inFlight(a, b, body, 64, 300_000);
      inFlight(a, b, body, 64, 300_000);
    }
  }

  private static void oneAtATime(Station a, Station b, byte[] body, int rounds) throws Exception {
    long[] nanos = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      a.transport.request(b.address, body, Duration.ofSeconds(5)).toCompletableFuture().get();
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%d B, one at a time: p50 %d us, p99 %d us%n",
        body.length, nanos[rounds / 2] / 1000, nanos[rounds * 99 / 100] / 1000);
  }

  private static void besideStrangers(
      Station a, Station b, byte[] body, int strangers, byte[] hello) throws Exception {
    InetSocketAddress target = HostPort.parse(b.address).literal();
    AtomicBoolean over = new AtomicBoolean();
    LongAdder handshakes = new LongAdder();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < strangers; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (!over.get()) {
                  try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
                    socket.getOutputStream().write(hello);
                    if (socket.getInputStream().read() >= 0) {
                      handshakes.increment();
                    }
                  } catch (IOException refused) {
                    // The next one.
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    long start = System.nanoTime();
    oneAtATime(a, b, body, 20_000);
    oneAtATime(a, b, body, 20_000);
    over.set(true);
    System.out.printf(
        "beside %d strangers: %.0f handshakes begun a second%n",
        strangers, handshakes.sum() / ((System.nanoTime() - start) / 1e9));
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void inFlight(Station a, Station b, byte[] body, int window, int rounds)
      throws Exception {
    Semaphore slots = new Semaphore(window);
    AtomicInteger failed = new AtomicInteger();
    long start = System.nanoTime();
    for (int i = 0; i < rounds; i++) {
      slots.acquire();
      a.transport
          .request(b.address, body, Duration.ofSeconds(5))
          .thenAccept(
              outcome -> {
                if (!(outcome instanceof Reply.Answered)) {
                  failed.incrementAndGet();
                }
                slots.release();
              });
    }
    slots.acquire(window);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%d B, %d in flight: %.0f round trips/s, %d failed%n",
        body.length, window, rounds / seconds, failed.get());
  }
}
