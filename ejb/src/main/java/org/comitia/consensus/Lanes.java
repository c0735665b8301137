package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The container's executor, divided: what blocks cannot keep waiting what answers requests, nor the
 * channel's heartbeats. The executor needs {@link #WIDTH} threads; with fewer the lanes disturb
 * each other, and with a single one those that do not answer requests may have none.
 */
public final class Lanes {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final int COMPLETIONS = 8;
  private static final int BLOCKING = 8;
  private static final int CHANNEL = 12;
  private static final int JOINS = 4;

  /** The threads of all lanes together. */
  public static final int WIDTH = COMPLETIONS + BLOCKING + CHANNEL + JOINS;

  /** Requests follow each other: mostly an idle thread is woken, and the executor not asked. */
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int MAX_HERE = 1_000;

  /** More than can be under way: tasks that ask for others do not keep a stop from its end. */
  private static final int MAX_LAST = 100_000;

  /** Who waits longer than this for a thread is late. */
  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long REFUSED_EVERY_NANOS = 2_000_000;
  private static final long SPARE_JOIN_MILLIS = 5_000;

  /** Who waits longer than this in a stop gets no thread any more. */
  private static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Lane completions;
  private final Lane blocking;
  private final Lane channel;
  private final Lane joins;

  /**
   * @param executor runs short tasks; may refuse, never runs one on the caller's thread
   */
  public Lanes(Executor executor) {
    this(executor, IDLE_NANOS);
  }

  /**
   * The same.
   *
   * @param idleNanos how long a thread that answers requests waits for the next one
   */
  Lanes(Executor executor, long idleNanos) {
    // What waits there is bounded by what is under way, and none of it may be lost.
    completions = new Lane("completions", executor, COMPLETIONS, Integer.MAX_VALUE, idleNanos);
    blocking = new Lane("blocking work", executor, BLOCKING, 1_000);
    channel = new Lane("the channel", executor, CHANNEL, 10_000);
    joins = new Lane("joins", executor, JOINS, 1_000);
  }

  /**
   * Answers of requests, reads, rounds of duties: short, never blocking. Takes everything: the
   * core, log, apply and transport threads hand over here.
   */
  public Lane completions() {
    return completions;
  }

  /** Disks, names, processes, probes of silent hosts. */
  public Lane blocking() {
    return blocking;
  }

  /** What JGroups delivers. */
  public Lane channel() {
    return channel;
  }

  /** Hellos to other hosts: each waits for an answer, which comes in by the channel's lane. */
  public Lane joins() {
    return joins;
  }

  /**
   * To be called every 10 to 20 ms on a managed thread, which then is the last one to answer
   * requests if the executor takes nothing any more.
   */
  public void startAgain() {
    if (!completions.startAgain()) {
      completions.runHere(MAX_HERE);
    }
    List.of(blocking, channel, joins).forEach(Lane::startAgain);
  }

  /**
   * Runs a stop, on the caller's thread. The container takes no tasks any more then, or takes them
   * and runs none, and the last saves, farewells and answers are such tasks: a thread of our own
   * runs them meanwhile, and after it the answers that are left.
   */
  public void runStop(Runnable stop) {
    AtomicBoolean stopped = new AtomicBoolean();
    Thread spare =
        new Thread(
            () -> {
              while (!stopped.get()) {
                try {
                  runRefused(System.nanoTime());
                } catch (Throwable e) { // an Error too: the stop waits for what is run here
                  LOG.log(Level.WARNING, "COM5018: a task of the stop failed: " + e, e);
                }
                LockSupport.parkNanos(REFUSED_EVERY_NANOS);
              }
              completions.runHere(MAX_LAST); // the answers that the last closing left
            },
            "comitia-closing");
    spare.setDaemon(true);
    spare.start();
    try {
      stop.run();
    } finally {
      stopped.set(true);
      try {
        spare.join(SPARE_JOIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs here what is refused, or was taken and has not begun for long. */
  void runRefused(long now) {
    for (Lane lane : List.of(completions, blocking, channel, joins)) {
      if (!lane.startAgain() || lane.waitedNanos(now) > STUCK_NANOS) {
        lane.runHere(MAX_HERE);
      }
    }
  }

  /**
   * Whether what others send to this node reaches it in time; else it must not blame them for their
   * silence.
   */
  boolean areTimely() {
    long now = System.nanoTime();
    return completions.waitedNanos(now) < LATE_NANOS && channel.waitedNanos(now) < LATE_NANOS;
  }
}
