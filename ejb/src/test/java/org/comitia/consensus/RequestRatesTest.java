package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.WriteOutcome;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.LimitSettings;
import org.comitia.config.Settings;
import org.comitia.wire.ForwardCodec;
import org.junit.jupiter.api.Test;

class RequestRatesTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // it may run over

  @Test
  void theBurstThenTheRate() {
    TokenBucket bucket = new TokenBucket(5, 3, now::get);
    assertThat(taken(bucket, 10)).isEqualTo(3);
    now.addAndGet(SECOND / 5 - 1);
    assertThat(bucket.take()).isFalse();
    now.addAndGet(1);
    assertThat(taken(bucket, 10)).isEqualTo(1);
    now.addAndGet(2 * SECOND);
    assertThat(taken(bucket, 10)).as("a long pause saves up the burst, no more").isEqualTo(3);
  }

  @Test
  void whatSeveralThreadsTakeIsTheBurst() throws Exception {
    TokenBucket bucket = new TokenBucket(1, 1000, now::get);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Integer> taker = () -> taken(bucket, 500);
      int all = 0;
      for (Future<Integer> one :
          threads.invokeAll(IntStream.range(0, 4).mapToObj(i -> taker).toList())) {
        all += one.get();
      }
      assertThat(all).isEqualTo(1000);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whoOnlySaysThatAServerPassesItOnIsCounted() throws Exception {
    RequestRates rates = server("enforcing");
    while (rates.takesWrite()) {
      // until there is no more to be had
    }
    byte[] passedOn = ForwardCodec.encode(new Forwarded.Write(1, Caller.ANONYMOUS, new byte[20]));
    RequestDesk desk =
        new RequestDesk(
            null, null, null, null, Runnable::run, null, Duration.ofMinutes(1), rates, true);
    byte[] answer =
        desk.onRequest(passedOn, "127.0.0.9:1", false)
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(ForwardCodec.decodeAnswer(answer))
        .isEqualTo(
            new Forwarded.WriteAnswer(
                new WriteOutcome.NotApplied(Failure.OVERLOADED, RequestRates.EXCEEDED)));
    assertThat(desk.onRequest(passedOn, "127.0.0.9:1", true).toCompletableFuture())
        .as("a server's goes on, to what is not here")
        .isCompletedExceptionally();
  }

  @Test
  void aServerCountsReadsAndWritesApart() {
    RequestRates rates = server("enforcing");
    assertThat(IntStream.range(0, 50).filter(i -> rates.takesWrite()).count()).isEqualTo(20);
    assertThat(IntStream.range(0, 50).filter(i -> rates.takesRead()).count()).isEqualTo(30);
    now.addAndGet(SECOND);
    assertThat(rates.takesWrite()).isTrue();
    assertThat(rates.takesWrite()).isTrue();
    assertThat(rates.takesWrite()).isFalse();
  }

  @Test
  void permissiveLetsAllThroughAndDisabledCountsNothing() {
    for (String mode : List.of("permissive", "disabled")) {
      RequestRates rates = server(mode);
      assertThat(IntStream.range(0, 100).allMatch(i -> rates.takesWrite() && rates.takesRead()))
          .as(mode)
          .isTrue();
    }
  }

  @Test
  void aClientAgentCountsAllTogether() {
    RequestRates rates =
        RequestRates.ofClient(limits("rpc-rate", "1", "rpc-max-burst", "2"), now::get);
    assertThat(rates.takesRead()).isTrue();
    assertThat(rates.takesWrite()).isTrue();
    assertThat(rates.takesRead()).isFalse();
    assertThat(rates.takesWrite()).isFalse();
  }

  private RequestRates server(String mode) {
    return RequestRates.ofServer(
        limits(
            "request-limits.mode",
            mode,
            "request-limits.read-rate",
            "3",
            "request-limits.write-rate",
            "2"),
        now::get);
  }

  private static LimitSettings limits(String... pairs) {
    Map<String, String> given =
        IntStream.range(0, pairs.length / 2)
            .boxed()
            .collect(
                Collectors.toMap(i -> "comitia.limits." + pairs[2 * i], i -> pairs[2 * i + 1]));
    try {
      return Settings.of(given).limits();
    } catch (InvalidSettingsException e) {
      throw new AssertionError(e);
    }
  }

  private static int taken(TokenBucket bucket, int times) {
    return (int) IntStream.range(0, times).filter(i -> bucket.take()).count();
  }
}
