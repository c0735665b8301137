package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.CommandResult;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final Answers answers =
      new Answers(new MemoryCluster(), new MemoryAgent(), Runnable::run);
  private final Call call =
      new Call(
          Endpoint.KV,
          "GET",
          "k",
          QueryString.parse(""),
          new byte[0],
          0,
          "127.0.0.1:4711",
          "/v1/kv/k");

  @Test
  void anAnswerForWhichThereIsNoMemoryIsAnErrorAndNotSilence() {
    for (Object outcome :
        List.of("any", new WriteOutcome.Applied(1, new CommandResult.Done(true)))) {
      CompletableFuture<Object> coming = new CompletableFuture<>();
      CompletableFuture<Reply> reply =
          answers
              .later(
                  call,
                  coming,
                  value -> {
                    throw new Error("struck by the test");
                  })
              .toCompletableFuture();
      coming.complete(outcome);
      assertThat(reply).isCompleted();
      assertThat(reply.join().status()).isEqualTo(500);
      assertThat(new String(reply.join().body(), StandardCharsets.UTF_8)).startsWith("COM4012");
    }
  }

  private final Call gzip =
      new Call(
          Endpoint.KV,
          "GET",
          "k",
          QueryString.parse(""),
          new byte[0],
          0,
          "127.0.0.1:4711",
          "/v1/kv/k",
          new Call.Wishes(false, true, "", ""),
          Visitor.ANYBODY);

  /** The engine's threads are few, and others wait for them. */
  @Test
  void whatIsLargeIsCompressedByOurExecutor() {
    List<Runnable> tasks = new ArrayList<>();
    Answers here = new Answers(new MemoryCluster(), new MemoryAgent(), tasks::add);
    Reply large = Reply.raw(gzip, new byte[100_000]);
    CompletableFuture<Reply> reply = applied(here, gzip, large);
    assertThat(reply).isNotDone();
    tasks.forEach(Runnable::run);
    assertThat(reply).isCompleted();
    assertThat(reply.join().isSentAtOnce()).as("so many zeros are few bytes").isTrue();
    tasks.clear();

    assertThat(applied(here, gzip, large.copy())).as("it is compressed already").isCompleted();
    assertThat(applied(here, gzip, Reply.raw(gzip, new byte[2_000]))).isCompleted();
    assertThat(applied(here, call, Reply.raw(call, new byte[100_000]))).isCompleted();
    assertThat(tasks).isEmpty();
  }

  /** What waits is in memory as a whole, and is counted nowhere. */
  @Test
  void fewLargeAnswersWaitToBeCompressed() {
    List<Runnable> tasks = new ArrayList<>();
    Answers here = new Answers(new MemoryCluster(), new MemoryAgent(), tasks::add);
    for (int i = 0; i < 8; i++) {
      assertThat(applied(here, gzip, Reply.raw(gzip, new byte[100_000]))).isNotDone();
    }
    assertThat(applied(here, gzip, Reply.raw(gzip, new byte[100_000]))).isCompleted();
    assertThat(tasks).hasSize(8);

    tasks.forEach(Runnable::run);
    assertThat(applied(here, gzip, Reply.raw(gzip, new byte[100_000]))).isNotDone();
  }

  private static CompletableFuture<Reply> applied(Answers answers, Call call, Reply reply) {
    CompletableFuture<Object> coming = new CompletableFuture<>();
    CompletableFuture<Reply> given =
        answers.later(call, coming, value -> reply).toCompletableFuture();
    coming.complete(new WriteOutcome.Applied(1, new CommandResult.Done(true)));
    return given;
  }
}
