package org.comitia.consensus;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.comitia.raft.ReadResult;

/**
 * Asks the leader's core for read indexes (thesis §6.4), many reads at a time: while the core is
 * busy the next reads collect and share one request.
 */
final class ReadGate {
  /** How the core is asked; runs in the core's turn. */
  interface Core {
    void readIndex(long requestId);
  }

  /**
   * @param onCore whether it is told in the core's turn
   */
  private record Reader(LongConsumer then, boolean onCore) {}

  private record Batch(List<Reader> reads, long untilNanos) {}

  /** How long the core has, which answers only once an entry of its own term is committed. */
  static final long LIMIT_NANOS = 7_000_000_000L;

  private static final int MAX_WAITING = 100_000;

  private final Inbox inbox;
  private final Core core;
  private final Executor executor;
  private final Runnable step;
  private final LongSupplier clock;
  private List<Reader> collecting = new ArrayList<>();
  private int waiting;
  private boolean closed;
  private long nextId = 1; // in the core's turn
  private final Map<Long, Batch> asked = new LinkedHashMap<>(); // in the core's turn; oldest first

  /**
   * @param step has the core look at its inbox: on this thread, or on the one that has its turn
   */
  ReadGate(Inbox inbox, Core core, Executor executor, Runnable step) {
    this(inbox, core, executor, step, System::nanoTime);
  }

  /**
   * @param clock the monotonic one, nanoseconds
   */
  ReadGate(Inbox inbox, Core core, Executor executor, Runnable step, LongSupplier clock) {
    this.inbox = inbox;
    this.core = core;
    this.executor = executor;
    this.step = step;
    this.clock = clock;
  }

  /**
   * Any thread.
   *
   * @param then gets the index to wait for, or -1 when this server is not the leader (any more); on
   *     the executor
   * @return false when too many reads are waiting already; then {@code then} is never called
   */
  boolean readIndex(LongConsumer then) {
    boolean taken = collect(new Reader(then, false));
    step.run();
    return taken;
  }

  /**
   * The same for another server's question, on the transport's thread: looked at when all that has
   * arrived is handed over.
   *
   * @param then on the thread that steps the core: returns at once
   */
  boolean readIndexOnCore(LongConsumer then) {
    return collect(new Reader(then, true));
  }

  private boolean collect(Reader reader) {
    boolean first;
    synchronized (this) {
      if (waiting >= MAX_WAITING || closed) {
        return false;
      }
      waiting++;
      first = collecting.isEmpty();
      collecting.add(reader);
    }
    if (first) {
      inbox.put(this::ask);
    }
    return true;
  }

  private void ask() {
    List<Reader> batch;
    synchronized (this) {
      batch = collecting;
      collecting = new ArrayList<>();
    }
    if (batch.isEmpty()) {
      return;
    }
    long id = nextId++;
    asked.put(id, new Batch(batch, clock.getAsLong() + LIMIT_NANOS));
    core.readIndex(id);
  }

  /** The core takes no reads any more: whoever waits is told that there is no leader. */
  void close() {
    List<List<Reader>> open = new ArrayList<>();
    asked.values().forEach(batch -> open.add(batch.reads));
    synchronized (this) {
      closed = true;
      open.add(collecting);
      collecting = new ArrayList<>();
    }
    asked.clear();
    open.forEach(batch -> answer(batch, -1));
  }

  /** The core answered. */
  void answered(ReadResult result) {
    Batch batch = asked.remove(result.requestId());
    if (batch != null) {
      answer(batch.reads, result.index());
    }
  }

  /** Nobody waits longer than the limit; who could not ask when it came asks now. */
  void expire(long now) {
    ask();
    Iterator<Batch> oldest = asked.values().iterator();
    while (oldest.hasNext()) {
      Batch batch = oldest.next();
      if (now - batch.untilNanos < 0) {
        return;
      }
      oldest.remove();
      answer(batch.reads, -1);
    }
  }

  private void answer(List<Reader> batch, long index) {
    synchronized (this) {
      waiting -= batch.size();
    }
    List<LongConsumer> later = new ArrayList<>(batch.size());
    for (Reader reader : batch) {
      if (reader.onCore) {
        Fanout.tell(reader.then, then -> then.accept(index));
      } else {
        later.add(reader.then);
      }
    }
    Fanout.tell(later, executor, then -> then.accept(index));
  }
}
