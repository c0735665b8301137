package org.comitia.it.chaos;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A write to each server every 30 ms, whether or not those before it were answered, as many clients
 * together would send them; what it knows is when acknowledgements came.
 */
final class Pinger implements AutoCloseable {
  private static final int PERIOD_MILLIS = 30;

  /**
   * Under way at one server: more than are sent within {@link Reply#LIMIT}, so that what hangs
   * keeps nothing back, and with the other clients less than an agent takes from one address (200).
   */
  private static final int UNDER_WAY = 180;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(
          1,
          task -> {
            Thread thread = new Thread(task, "pinger");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicInteger[] underWay = new AtomicInteger[Cluster.PLACES];
  private final Cluster cluster;
  private long[] acknowledged = new long[1024];
  private int count;

  Pinger(Cluster cluster) {
    this.cluster = cluster;
    for (int place = 0; place < underWay.length; place++) {
      int its = place;
      underWay[place] = new AtomicInteger();
      timer.scheduleAtFixedRate(
          () -> ping(its),
          (long) PERIOD_MILLIS * place / underWay.length,
          PERIOD_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  private void ping(int place) {
    if (underWay[place].get() >= UNDER_WAY) {
      return;
    }
    underWay[place].incrementAndGet();
    String address = cluster.machines().get(place).agent.address();
    int key = ThreadLocalRandom.current().nextInt(100);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + ":8500/v1/kv/ping/" + key))
            .timeout(Reply.LIMIT)
            .PUT(HttpRequest.BodyPublishers.ofString(address))
            .build();
    http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .whenComplete(
            (answer, error) -> {
              underWay[place].decrementAndGet();
              if (error == null && answer.statusCode() == 200) {
                acknowledged(System.nanoTime());
              }
            });
  }

  private synchronized void acknowledged(long now) {
    if (count == acknowledged.length) {
      acknowledged = Arrays.copyOf(acknowledged, 2 * count);
    }
    acknowledged[count++] = now;
  }

  /** How many writes were acknowledged. */
  synchronized int count() {
    return count;
  }

  /**
   * The longest time without an acknowledgement in a span, in nanoseconds. What began before the
   * span or ends behind it counts from its begin and up to its end.
   */
  synchronized long longestGap(long from, long to) {
    long longest = 0;
    long last = from;
    for (int i = 0; i < count && last < to; i++) {
      if (acknowledged[i] > last) {
        longest = Math.max(longest, Math.min(acknowledged[i], to) - last);
        last = acknowledged[i];
      }
    }
    return last < to ? Math.max(longest, to - last) : longest;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
