package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whose step comes next. */
@Timeout(60)
class HandshakesTest {
  private final Handshakes handshakes = new Handshakes(Thread::new);
  private final BlockingQueue<String> done = new LinkedBlockingQueue<>();
  private final CountDownLatch leave = new CountDownLatch(1);
  private EventLoop loop;
  private Pipe pipe;
  private SelectionKey key;

  @BeforeEach
  void holdTheThread() throws Exception {
    // Never started: how a link goes on after its step is of no interest here.
    loop = new EventLoop(Thread::new, () -> {}, () -> {}, () -> {}, cause -> {});
    pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    key = loop.register(pipe.source(), SelectionKey.OP_READ, k -> {});
    CountDownLatch held = new CountDownLatch(1);
    submit(
        null,
        () -> {
          held.countDown();
          try {
            leave.await();
          } catch (InterruptedException e) {
            done.add("interrupted");
          }
        });
    assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @AfterEach
  void close() throws IOException {
    leave.countDown();
    handshakes.close();
    key.selector().close();
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void strangersOfOneAddressHoldUpNeitherOutgoingOnesNorOtherAddresses() throws Exception {
    for (int i = 1; i <= 100; i++) {
      say("stranger " + i, "127.0.0.9");
    }
    say("server", "127.0.0.2");
    say("outgoing", null);
    assertThat(order(102)).startsWith("outgoing", "stranger 1", "server", "stranger 2");
  }

  @Test
  void addressesTakeTurns() throws Exception {
    for (String step : List.of("a1", "a2", "a3", "b1", "b2", "c1")) {
      say(step, "127.0.0." + (int) step.charAt(0));
    }
    assertThat(order(6)).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
  }

  @Test
  void whatHasEndedIsTakenOutAndCountsNoMore() throws Exception {
    for (int i = 0; i < 3; i++) {
      handshakes.forget(say("ended", "127.0.0.9"));
    }
    say("a1", "127.0.0.2");
    say("a2", "127.0.0.2");
    say("b1", "127.0.0.9");
    assertThat(order(3)).containsExactly("a1", "b1", "a2");
  }

  @Test
  void aFailureClosesItsLinkAndIsLoggedAndTheNextStepIsDone() throws Exception {
    Logger log = Logger.getLogger("transport");
    Handler told = new Told(line -> done.add(line.getMessage()));
    log.addHandler(told);
    try {
      Link link =
          submit(
              null,
              () -> {
                throw new AssertionError("of the test");
              });
      say("next", null);
      assertThat(order(2))
          .containsExactly("COM3102: transport: a task failed, its connection is closed", "next");
      assertThat(link.state()).isEqualTo(Link.State.CLOSED);
    } finally {
      log.removeHandler(told);
    }
  }

  private List<String> order(int steps) throws InterruptedException {
    leave.countDown();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      order.add(done.poll(30, TimeUnit.SECONDS));
    }
    return order;
  }

  private Link say(String what, String from) throws IOException {
    return submit(from, () -> done.add(what));
  }

  /**
   * @param from null: made from here
   */
  private Link submit(String from, Runnable step) throws IOException {
    Link link = new Link(loop, null, from == null, "", null, null, 0);
    link.acceptedFrom = from == null ? null : InetAddress.getByName(from);
    link.key = key;
    handshakes.step(loop, link, null, step);
    return link;
  }
}
