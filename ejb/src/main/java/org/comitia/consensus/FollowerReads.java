package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.comitia.cluster.Failure;

/**
 * The linearizable reads of a server that does not lead (ReadIndex, thesis §6.4), many at a time:
 * one question to the leader is under way, the reads that come meanwhile share the next one. Each
 * question is asked after all reads that it is for have come, so its answer holds for each. Safe
 * for any thread; holds none.
 */
final class FollowerReads {
  /** How the leader is asked. */
  interface Leader {
    /**
     * @param then gets the index that must be applied, or -1 when the leader did not tell; exactly
     *     once, within the time, on any thread: it returns at once
     */
    void readIndex(String address, long nanos, LongConsumer then);
  }

  /** Who knows how far this server has applied. */
  interface Applied {
    /**
     * @param then gets whether the index is applied, false after a bounded wait; returns at once
     */
    void when(long index, Consumer<Boolean> then);
  }

  private record Reader(Runnable then, Consumer<Failure> fail) {}

  /** A question under way. */
  private record Round(String leader, List<Reader> readers) {}

  /** So long after the first of its reads came, a question has its answer or is given up. */
  static final long LIMIT_NANOS = 2_000_000_000L;

  static final int MAX_WAITING = 100_000;

  private final Supplier<Status> status;
  private final Leader leader;
  private final Applied applied;
  private final Timers timers;
  private final Executor executor;
  private List<Reader> collecting = new ArrayList<>();
  private long collectingSince;
  private Round underWay;
  private int waiting;

  FollowerReads(
      Supplier<Status> status, Leader leader, Applied applied, Timers timers, Executor executor) {
    this.status = status;
    this.leader = leader;
    this.applied = applied;
    this.timers = timers;
    this.executor = executor;
  }

  /**
   * Exactly one of the two is called, on the executor.
   *
   * @param then this server's state may be read now
   * @param fail {@link Failure#NO_LEADER}: the leader did not tell, ask again; {@link
   *     Failure#UNAVAILABLE}: this server has not applied it in time; {@link Failure#OVERLOADED}:
   *     too many wait, at once on the caller's thread
   */
  void await(Runnable then, Consumer<Failure> fail) {
    if (collect(new Reader(then, fail))) {
      askUnlessUnderWay();
    } else {
      fail.accept(Failure.OVERLOADED);
    }
  }

  private synchronized boolean collect(Reader reader) {
    if (waiting >= MAX_WAITING) {
      return false;
    }
    waiting++;
    if (collecting.isEmpty()) {
      collectingSince = timers.now();
    }
    collecting.add(reader);
    return true;
  }

  /** How many reads wait. */
  synchronized int waiting() {
    return waiting;
  }

  /**
   * Asks for those that have collected, unless the present leader owes an answer already. To be
   * called as well when another leader is known: nobody waits for the answer of the former one.
   */
  void askUnlessUnderWay() {
    Status now = status.get();
    String address = now.isLeader() ? null : now.leaderAddress();
    Round round;
    long nanos;
    synchronized (this) {
      if (collecting.isEmpty() || (underWay != null && underWay.leader.equals(address))) {
        return;
      }
      nanos = collectingSince + LIMIT_NANOS - timers.now();
      round = new Round(address, collecting);
      collecting = new ArrayList<>();
      if (address != null && nanos > 0) {
        underWay = round;
      }
    }
    if (address == null || nanos <= 0) {
      tell(round.readers, Failure.NO_LEADER);
    } else {
      try {
        leader.readIndex(address, nanos, index -> answered(round, index));
      } catch (Throwable notAsked) { // an Error too: else all later reads wait behind this round
        answered(round, -1);
      }
    }
  }

  private void answered(Round round, long index) {
    synchronized (this) {
      if (underWay == round) {
        underWay = null;
      }
    }
    if (index < 0) {
      tell(round.readers, Failure.NO_LEADER);
      executor.execute(this::askUnlessUnderWay); // not here: it may fail at once again, and again
      return;
    }
    askUnlessUnderWay();
    applied.when(
        index,
        there -> tell(round.readers, Boolean.TRUE.equals(there) ? null : Failure.UNAVAILABLE));
  }

  /**
   * @param failure null when they may read
   */
  private void tell(List<Reader> readers, Failure failure) {
    synchronized (this) {
      waiting -= readers.size();
    }
    Fanout.tell(
        readers,
        executor,
        reader -> {
          if (failure == null) {
            reader.then.run();
          } else {
            reader.fail.accept(failure);
          }
        });
  }
}
