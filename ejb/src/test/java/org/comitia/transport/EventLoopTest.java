package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopTest {
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final CompletableFuture<Throwable> died = new CompletableFuture<>();

  @Test
  void anErrorInATaskDoesNotEndTheThread() throws Exception {
    EventLoop loop = loop();
    loop.start();
    CompletableFuture<String> next = new CompletableFuture<>();
    loop.execute(
        () -> {
          throw new AssertionError("of a test");
        });
    loop.execute(() -> next.complete("runs"));
    assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo("runs");
    loop.stop(10_000);
    assertThat(ended).isCompleted();
    assertThat(died).isNotDone();
  }

  @Test
  void anEndThatNobodyAskedForIsTold() throws Exception {
    EventLoop loop = loop();
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    SelectionKey key = loop.register(pipe.source(), SelectionKey.OP_READ, event -> {});
    loop.start();
    key.selector().close();
    assertThat(died.get(20, TimeUnit.SECONDS)).isInstanceOf(ClosedSelectorException.class);
    assertThat(ended).isCompleted();
    pipe.source().close();
    pipe.sink().close();
  }

  private EventLoop loop() throws Exception {
    return new EventLoop(
        Thread::new, () -> {}, () -> {}, () -> ended.complete("ended"), died::complete);
  }
}
