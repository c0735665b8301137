package org.comitia.transport;

import java.net.InetAddress;
import java.nio.channels.SelectionKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where the handshakes of {@link SecuredChannel} are computed: one thread beside the event loop,
 * there while it has work. A step costs a millisecond or two of signatures and key agreement, a
 * JVM's first one a hundred, and strangers can ask for as many as they like: on the loop each would
 * hold up all heartbeats, here they hold up other handshakes.
 *
 * <p>Connections that were made from here come first: strangers can cause none. The others take
 * turns by address: a step stands behind all those of which fewer of the same address waited. A
 * link has one step at a time, and that of a link that has ended is taken out, so what waits is
 * bounded by the places for connections.
 */
final class Handshakes {
  private static final long IDLE_SECONDS = 10;

  /** What waits, all {@link Turn}s; of the executor's own. */
  private final PriorityBlockingQueue<Runnable> queue = new PriorityBlockingQueue<>();

  /** How many of what waits are of an address. */
  private final ConcurrentHashMap<InetAddress, Integer> waiting = new ConcurrentHashMap<>();

  private final ThreadPoolExecutor thread;

  // Event loop's thread only.
  private long steps;

  Handshakes(ThreadFactory threads) {
    thread = new ThreadPoolExecutor(0, 1, IDLE_SECONDS, TimeUnit.SECONDS, queue, threads);
  }

  /**
   * Runs the step, then has the link go on. Reading rests meanwhile: the selector would tell of the
   * same bytes without end. Event loop's thread.
   */
  void step(EventLoop loop, Link link, SecuredChannel channel, Runnable step) {
    SelectionKey key = link.key;
    key.interestOpsAnd(~SelectionKey.OP_READ);
    InetAddress from = link.acceptedFrom;
    int behind = from == null ? 0 : waiting.merge(from, 1, Integer::sum);
    thread.execute(
        new Turn(
            link,
            behind,
            steps++,
            () -> {
              leave(link);
              run(loop, link, channel, step);
            }));
  }

  private static void run(EventLoop loop, Link link, SecuredChannel channel, Runnable step) {
    if (link.state() == Link.State.CLOSED) {
      return;
    }
    try {
      step.run();
    } catch (Throwable e) {
      link.fail("a failure in its handshake: " + e);
      EventLoop.logFailure(e);
      return;
    }
    loop.execute(() -> goOn(link, channel));
  }

  private static void goOn(Link link, SecuredChannel channel) {
    try {
      link.key.interestOpsOr(SelectionKey.OP_READ);
      channel.stepped();
      link.resume();
    } catch (Throwable e) {
      // What it has read is not whole any more; the loop logs the error.
      link.fail("a failure in here: " + e);
      throw e;
    }
  }

  /** Takes out what waits of a link that has ended. Event loop's thread. */
  void forget(Link link) {
    if (queue.removeIf(turn -> ((Turn) turn).link == link)) {
      leave(link);
    }
  }

  private void leave(Link link) {
    if (link.acceptedFrom != null) {
      waiting.computeIfPresent(link.acceptedFrom, (from, n) -> n == 1 ? null : n - 1);
    }
  }

  /** What has begun goes on to its end, which is near; nothing else begins. */
  void close() {
    thread.shutdownNow();
  }

  private record Turn(Link link, int behind, long number, Runnable work)
      implements Runnable, Comparable<Turn> {
    @Override
    public void run() {
      work.run();
    }

    @Override
    public int compareTo(Turn other) {
      int order = Integer.compare(behind, other.behind);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }
}
