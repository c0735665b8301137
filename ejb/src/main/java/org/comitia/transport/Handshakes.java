package org.comitia.transport;

import java.nio.channels.SelectionKey;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where the handshakes of {@link SecuredChannel} are reckoned: one thread beside the event loop,
 * there while it has work. A step costs a millisecond or two of signatures and key agreement, a
 * JVM's first one a hundred, and strangers can ask for as many as they like: on the loop each would
 * hold up all heartbeats, here they hold up other handshakes. A link has one step at a time, and
 * the step of a link that has ended meanwhile is passed over, so what waits is bounded by the
 * places for connections.
 */
final class Handshakes {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor thread;

  Handshakes(ThreadFactory threads) {
    thread =
        new ThreadPoolExecutor(
            0, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
  }

  /** Reading rests meanwhile: the selector would tell of the same bytes without end. */
  void step(EventLoop loop, Link link, SecuredChannel channel, Runnable step) {
    SelectionKey key = link.key;
    key.interestOpsAnd(~SelectionKey.OP_READ);
    thread.execute(
        () -> {
          if (link.state() == Link.State.CLOSED) {
            return;
          }
          try {
            step.run();
          } catch (Throwable e) {
            link.fail("a failure in its handshake: " + e);
            return;
          }
          loop.execute(
              () -> {
                key.interestOpsOr(SelectionKey.OP_READ);
                channel.stepped();
                link.resume();
              });
        });
  }

  /** What has begun goes on to its end, which is near; nothing else begins. */
  void close() {
    thread.shutdownNow();
  }
}
