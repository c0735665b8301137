package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HashBlockingTest {
  private static final String NO_MEMORY = "no memory";

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private volatile CompletableFuture<Void> change = new CompletableFuture<>();
  private final CompletableFuture<Void> ending = new CompletableFuture<>();
  private final AtomicInteger listeners = new AtomicInteger();
  private volatile String shown = "first";
  private final HashBlocking blocking =
      new HashBlocking(
          () -> {
            listeners.incrementAndGet();
            return change;
          },
          ending,
          call -> ReadOptions.wait(call, HttpOptions.DEFAULT),
          Runnable::run,
          timers);

  @AfterEach
  void stop() {
    timers.shutdownNow();
  }

  private void show(String content) {
    shown = content;
    CompletableFuture<Void> over = change;
    change = new CompletableFuture<>();
    over.complete(null);
  }

  private CompletableFuture<Reply> ask(String query) {
    Call call =
        new Call(
            Endpoint.at("/v1/agent/self"),
            "GET",
            "x",
            QueryString.parse(query),
            new byte[0],
            0,
            "127.0.0.1:4711",
            "/v1/agent/service/x");
    return blocking.answer(call, this::content).toCompletableFuture();
  }

  private HashBlocking.Content content() {
    String now = shown;
    if (NO_MEMORY.equals(now)) {
      throw new Error("struck by the test");
    }
    return new HashBlocking.Content() {
      @Override
      public byte[] hashed() {
        return now == null ? null : now.getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public Reply reply(String hash) {
        return now == null ? Reply.text(404, "gone") : Reply.text(200, now + " " + hash);
      }
    };
  }

  @Test
  void answersAtOnceWithoutAHashOrWithAnother() {
    String hash = ask("").join().header("X-Consul-ContentHash");
    assertThat(hash).matches("[0-9a-f]{16}");
    assertThat(new String(ask("hash=other").join().body(), StandardCharsets.UTF_8))
        .isEqualTo("first " + hash);
    assertThat(ask("wait=10m").join().header("X-Consul-ContentHash")).isEqualTo(hash);
  }

  @Test
  void waitsForTheChange() {
    String hash = ask("").join().header("X-Consul-ContentHash");
    CompletableFuture<Reply> waiting = ask("hash=" + hash);
    CompletableFuture<Reply> second = ask("hash=" + hash);
    show("first");
    assertThat(waiting).as("the same again").isNotDone();
    show("second");
    assertThat(waiting.join().header("X-Consul-ContentHash")).isNotEqualTo(hash);
    assertThat(second).isDone();
    assertThat(listeners.get()).as("one listener a change").isLessThanOrEqualTo(5);
  }

  @Test
  void whoWaitsHearsOfAnErrorToo() {
    CompletableFuture<Reply> waiting = ask("hash=" + ask("").join().header("X-Consul-ContentHash"));
    show(NO_MEMORY);
    assertThat(waiting).isDone();
    assertThat(waiting.join().status()).isEqualTo(500);
  }

  @Test
  void whatIsGoneIsAChange() {
    String hash = ask("").join().header("X-Consul-ContentHash");
    CompletableFuture<Reply> waiting = ask("hash=" + hash);
    show(null);
    assertThat(waiting.join().status()).isEqualTo(404);
    assertThat(waiting.join().header("X-Consul-ContentHash")).isNull();
    assertThat(ask("hash=" + hash).join().status()).isEqualTo(404);
  }

  @Test
  void answersTheSameAtTheEndOfTheWait() throws Exception {
    String hash = ask("").join().header("X-Consul-ContentHash");
    Reply reply = ask("hash=" + hash + "&wait=1ms").get(10, TimeUnit.SECONDS);
    assertThat(reply.header("X-Consul-ContentHash")).isEqualTo(hash);
    for (int i = 0; i < 50; i++) {
      ask("hash=" + hash + "&wait=1ms").get(10, TimeUnit.SECONDS);
    }
    assertThat(listeners.get()).as("polling leaves nothing behind").isEqualTo(1);
    assertThatThrownBy(() -> ask("hash=" + hash + "&wait=x")).hasMessage("Invalid wait time");
  }

  @Test
  void tooManyAreRefused() {
    String hash = ask("").join().header("X-Consul-ContentHash");
    for (int i = 0; i < HashBlocking.MAX_WAITING; i++) {
      ask("hash=" + hash);
    }
    assertThatThrownBy(() -> ask("hash=" + hash))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(429));
    show("second");
    assertThat(ask("hash=" + hash)).isCompleted();
  }

  @Test
  void whoWaitsIsAnsweredBeforeAStop() {
    String hash = ask("").join().header("X-Consul-ContentHash");
    CompletableFuture<Reply> waiting = ask("wait=10m&hash=" + hash);
    assertThat(waiting).isNotDone();

    ending.complete(null);
    assertThat(waiting).isDone();
    assertThat(waiting.join().status()).isEqualTo(200);
    assertThat(waiting.join().header("X-Consul-ContentHash")).isEqualTo(hash);
    assertThat(ask("wait=10m&hash=" + hash)).as("one that comes now").isDone();
  }
}
