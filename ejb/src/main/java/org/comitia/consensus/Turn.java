package org.comitia.consensus;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Who steps the core: one thread at a time, whoever brings an input. A thread that finds the turn
 * taken goes on and leaves its input to the one that has it, who looks into the inbox again before
 * it leaves ("flat combining": Hendler, Incze, Shavit, Tzafrir, SPAA 2010). A hand-over to a thread
 * that waits costs more than a step.
 *
 * <p>The core thread, which {@link #run} is for, passes the time and takes what others leave. The
 * turn is never waited for, but by {@link #keep}. Safe for any thread.
 */
final class Turn implements Runnable {
  /** How often the core is told the time at least, nanoseconds. */
  private static final long TICK_NANOS = 10_000_000L;

  /** How many rounds a thread does for others before it leaves the rest to the core thread. */
  private static final int MAX_ROUNDS = 4;

  /** What is done in a turn. */
  interface Round {
    /**
     * Takes what is in the inbox and carries out what comes of it; must not block.
     *
     * @param tick whether the core is to be told the time, after what came before
     */
    void run(boolean tick);
  }

  private final Inbox inbox;
  private final Round round;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicBoolean tickDue = new AtomicBoolean();
  private volatile Thread coreThread;
  private volatile boolean ended;
  private volatile Throwable fault; // ends the core thread, whoever had the turn

  Turn(Inbox inbox, Round round) {
    this.inbox = inbox;
    this.round = round;
  }

  /**
   * Has the core look at what waits in its inbox: on this thread, unless another one is at it.
   * Returns soon, and throws nothing: what fails in a turn ends the core thread.
   */
  void step() {
    boolean interrupted = Thread.interrupted(); // a socket would be closed for it
    try {
      for (int rounds = 0; isWanted() && mayStep(); rounds++) {
        if (rounds == MAX_ROUNDS) {
          wake();
          return;
        }
        if (!taken.compareAndSet(false, true)) {
          return; // who has it looks again when it is over
        }
        take();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The core thread is to look into the inbox. */
  void wake() {
    LockSupport.unpark(coreThread);
  }

  private boolean isWanted() {
    return tickDue.get() || !inbox.isEmpty();
  }

  private boolean mayStep() {
    return !ended && fault == null && coreThread != null;
  }

  private void take() {
    try {
      if (mayStep()) {
        round.run(tickDue.getAndSet(false));
      }
    } catch (Throwable t) { // an Error too: the state of the core is unknown from here on
      fault = t;
      wake();
    } finally {
      taken.set(false);
    }
  }

  /** The core thread's work; throws what failed in a turn, on whichever thread. */
  @Override
  public void run() {
    coreThread = Thread.currentThread();
    long nextTick = System.nanoTime();
    // The container interrupts its threads after the end was asked for.
    while (!ended && fault == null && !coreThread.isInterrupted()) {
      if (System.nanoTime() - nextTick >= 0) {
        nextTick = System.nanoTime() + TICK_NANOS;
        tickDue.set(true);
      }
      if (isWanted() && taken.compareAndSet(false, true)) {
        take();
      } else {
        LockSupport.parkNanos(this, nextTick - System.nanoTime());
      }
    }
    if (fault instanceof Error error) {
      throw error;
    } else if (fault instanceof RuntimeException exception) {
      throw exception;
    }
  }

  /** No round is begun any more; to be called in a turn. */
  void end() {
    ended = true;
  }

  /** Ends it, and returns with the turn, which nobody gets any more. */
  void keep() {
    ended = true;
    while (!taken.compareAndSet(false, true)) {
      LockSupport.parkNanos(100_000); // for the round that another thread is at
    }
  }
}
