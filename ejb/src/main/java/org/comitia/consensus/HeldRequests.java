package org.comitia.consensus;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.comitia.cluster.Failure;

/**
 * Requests that were certainly not carried out and wait, each up to its deadline, for somebody who
 * can: all in one list. They try again when {@link #wake} says that there may be one, and ten times
 * a second while somebody is known who did not take them. Safe for any thread.
 */
final class HeldRequests {
  private static final int MAX_HELD = 10_000;
  private static final long SWEEP_NANOS = 100_000_000L;

  private static final class Held {
    private final Runnable again;
    private final Consumer<Failure> giveUp;
    private final Consumer<Throwable> broken;
    private Timers.Timer deadline;

    private Held(Runnable again, Consumer<Failure> giveUp, Consumer<Throwable> broken) {
      this.again = again;
      this.giveUp = giveUp;
      this.broken = broken;
    }
  }

  private final Timers timers;
  private final Executor executor;
  private final Set<Held> held = new LinkedHashSet<>();
  private long nextSweep;

  HeldRequests(Timers timers, Executor executor) {
    this.timers = timers;
    this.executor = executor;
    this.nextSweep = timers.now();
  }

  /**
   * Keeps a request.
   *
   * @param until when it is given up, monotonic
   * @param again tries it again; on the executor
   * @param giveUp called instead when the time is over, or at once when it is already or when too
   *     many are held
   * @param broken called with what {@code again} has thrown: it may have been carried out
   */
  void hold(long until, Runnable again, Consumer<Failure> giveUp, Consumer<Throwable> broken) {
    if (timers.now() - until >= 0) {
      giveUp.accept(Failure.NO_LEADER);
      return;
    }
    Held one = new Held(again, giveUp, broken);
    synchronized (this) {
      if (held.size() < MAX_HELD) {
        held.add(one);
        one.deadline = timers.at(until, () -> late(one));
        return;
      }
    }
    giveUp.accept(Failure.OVERLOADED);
  }

  private void late(Held one) {
    synchronized (this) {
      if (!held.remove(one)) {
        return;
      }
    }
    executor.execute(() -> one.giveUp.accept(Failure.NO_LEADER));
  }

  /** Tries all requests that wait again. Returns at once. */
  void wake() {
    List<Held> all;
    synchronized (this) {
      if (held.isEmpty()) {
        return;
      }
      all = List.copyOf(held);
      held.clear();
    }
    Fanout.tell(all, executor, HeldRequests::tryAgain);
  }

  /** A faulty request is answered itself. */
  private static void tryAgain(Held one) {
    one.deadline.cancel();
    try {
      one.again.run();
    } catch (RuntimeException | Error fault) { // it is held no more: nobody else answers it
      one.broken.accept(fault);
    }
  }

  /** To be called every 10 to 20 ms, by one thread at a time. */
  void sweep(long now, BooleanSupplier somebodyIsKnown) {
    if (now - nextSweep >= 0) {
      nextSweep = now + SWEEP_NANOS;
      if (somebodyIsKnown.getAsBoolean()) {
        wake();
      }
    }
  }

  synchronized int size() {
    return held.size();
  }
}
