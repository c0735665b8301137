package org.comitia.transport;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.Reply;

/**
 * Measures round trips between two transports of one JVM over loopback: {@code java ... RoundTrips
 * [bytes]}. Prints figures, asserts nothing.
 */
final class RoundTrips {
  private RoundTrips() {}

  public static void main(String[] args) throws Exception {
    byte[] body = new byte[args.length > 0 ? Integer.parseInt(args[0]) : 1024];
    try (Station a = Station.at(Station.free("127.0.30.21"));
        Station b = Station.at(Station.free("127.0.30.22"))) {
      oneAtATime(a, b, body, 20_000);
      oneAtATime(a, b, body, 20_000);
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
