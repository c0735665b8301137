package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AnswerThreadsTest {
  @Test
  void whatTheContainerRefusesIsRunAndNotOnTheCallersThread() throws Exception {
    AnswerThreads threads =
        new AnswerThreads(
            task -> {
              throw new RejectedExecutionException("the server stops");
            });
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    threads.execute(
        () -> {
          throw new IllegalArgumentException("struck by the test");
        });
    threads.execute(() -> ran.complete(Thread.currentThread()));
    assertThat(ran.get(20, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
  }

  @Test
  void whatTheSystemGivesTheContainerNoThreadForIsRunAsWell() throws Exception {
    AnswerThreads threads =
        new AnswerThreads(
            task -> {
              throw new Error("unable to create native thread");
            });
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    threads.execute(() -> ran.complete(Thread.currentThread()));
    assertThat(ran.get(20, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
  }
}
