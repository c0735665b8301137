package org.comitia.simulation;

import java.util.List;
import org.comitia.raft.Entry;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;

/** A node's log thread and saver: group commits, slow, stalled and failing writes, saved tables. */
final class Log {
  private final SimulatedNode node;
  private final World world;
  private boolean busy;

  /** Writes under way when the store failed end without a report. */
  private int failures;

  private long stalledUntil;
  private boolean failNext;
  private boolean failNextRead;
  private long fullUntil;
  private int slowness = 1;

  /** The highest index that was ever synced in this life; since then it may have been replaced. */
  private long onceSynced;

  Log(SimulatedNode node) {
    this.node = node;
    this.world = node.world;
  }

  void started() {
    busy = false;
    failNext = false;
    failNextRead = false;
    onceSynced = node.disk.log.size();
    scheduleSave();
  }

  void slow(int factor) {
    slowness = factor;
  }

  void stall(long nanos) {
    stalledUntil = world.now + nanos;
  }

  void failNext() {
    failNext = true;
  }

  /** No room for anything written until then, nor for opening the store anew. */
  void fill(long nanos) {
    fullUntil = world.now + nanos;
  }

  private boolean isFull() {
    return !world.calm && world.now < fullUntil;
  }

  void failNextRead() {
    failNextRead = true;
  }

  void write(SimulatedDisk.Write write) {
    if (node.storeFailed) {
      return; // the writer is closed; the core has been told or soon will be
    }
    for (Persist persist : write.persists()) {
      node.persisting(persist);
    }
    node.disk.enqueue(write);
    if (acknowledgedEarly(write)) {
      acknowledge(write);
    }
    commit();
  }

  private boolean acknowledgedEarly(SimulatedDisk.Write write) {
    if (world.broken == Breakage.ACK_BEFORE_SYNC) {
      return true;
    }
    return world.broken == Breakage.OWN_VOTE_UNSYNCED
        && write.persists().stream()
            .anyMatch(p -> p.hardState() != null && node.id().equals(p.hardState().vote()));
  }

  /** While one transaction is under way, the next collects. */
  private void commit() {
    if (busy || node.disk.pending.isEmpty() || !node.running || node.storeFailed) {
      return;
    }
    busy = true;
    int batch = node.disk.pending.size();
    long latency = latency();
    long end = Math.max(stalledUntil, world.now) + latency;
    finishAfter(end - world.now, batch);
  }

  private long latency() {
    long always = world.scenario.syncNanos();
    return world.between(200_000, 3 * World.MILLI) * slowness + world.between(always / 2, always);
  }

  private void finishAfter(long nanos, int batch) {
    int life = node.life();
    int before = failures;
    world.after(
        nanos,
        () -> {
          if (life == node.life() && before == failures) {
            finished(batch);
          }
        });
  }

  private void finished(int batch) {
    if (world.now < stalledUntil) {
      finishAfter(stalledUntil - world.now, batch);
      return;
    }
    busy = false;
    if (failNext || isFull()) {
      fail();
      return;
    }
    SimulatedDisk.Write last = null;
    long record = 0;
    long sequence = 0;
    for (int i = 0; i < batch; i++) {
      last = sync();
      sequence = Math.max(sequence, last.sequence());
      record = Math.max(record, last.recordSequence());
    }
    long durable = node.disk.log.size();
    long doneSequence = sequence;
    long doneRecord = record;
    node.input(
        () -> {
          onceSynced = Math.max(onceSynced, durable);
          if (doneRecord > 0) {
            node.recordSynced(doneRecord);
          }
          if (doneSequence > 0) {
            node.participant.synced(doneSequence, node.clock());
          }
        });
    commit();
  }

  private void acknowledge(SimulatedDisk.Write write) {
    node.inputAfter(
        0,
        () -> {
          onceSynced = Math.max(onceSynced, node.disk.written.size());
          if (write.recordSequence() > 0) {
            node.recordSynced(write.recordSequence());
          }
          if (write.sequence() > 0) {
            node.participant.synced(write.sequence(), node.clock());
          }
        });
  }

  private SimulatedDisk.Write sync() {
    SimulatedDisk.Write write = node.disk.sync(world.broken);
    world.check.synced(node, write);
    return write;
  }

  /** Nobody knows how much of what was under way is on the disk. */
  private void prefix() {
    int kept = world.random.nextInt(node.disk.pending.size() + 1);
    for (int i = 0; i < kept; i++) {
      sync();
    }
    node.disk.lose();
  }

  private void fail() {
    failNext = false;
    failNextRead = false;
    failures++;
    busy = false;
    prefix();
    node.storeFailed = true;
    world.trace(node.name, "store fails");
    node.input(() -> node.participant.storeFailed(node.clock()));
  }

  /** The participant asks for it; what is on the disk is read anew. */
  void reopen() {
    node.inputAfter(
        world.between(1, 1_000) * World.MILLI,
        () -> {
          if (isFull() || (!world.calm && world.random.nextInt(5) == 0)) {
            world.trace(node.name, "store cannot be reopened");
            reopen();
          } else {
            world.trace(node.name, "store is reopened");
            onceSynced = node.disk.log.size();
            node.reopened();
          }
        });
  }

  void crash() {
    prefix();
    stalledUntil = 0;
    slowness = 1;
  }

  void read(LogRead read) {
    node.inputAfter(
        world.between(100_000, 3 * World.MILLI) * slowness,
        () -> {
          if (failNextRead && !node.storeFailed) {
            fail();
          }
          // A failed store has nothing to give; an answer may be lost on top.
          if (!node.storeFailed) {
            node.participant.logRead(read.fromIndex(), found(read), node.clock());
          } else if (world.random.nextBoolean()) {
            node.participant.logRead(read.fromIndex(), List.of(), node.clock());
          }
        });
  }

  private List<Entry> found(LogRead read) {
    List<Entry> log = node.disk.written;
    int from = (int) read.fromIndex() - 1;
    int to = from;
    long bytes = 0;
    while (to < log.size() && (to == from || bytes <= read.maxBytes())) {
      bytes += log.get(to++).size();
    }
    return from < log.size() ? List.copyOf(log.subList(from, to)) : List.of();
  }

  // ---- saved tables ----------------------------------------------------------------------------

  private void scheduleSave() {
    node.inputAfter(
        world.between(2, 150) * World.MILLI,
        () -> {
          if (!world.calm && world.random.nextInt(20) == 0) {
            node.disk.tables.failNext();
          }
          node.save();
          scheduleSave();
        });
  }

  /** How far the tables may be saved: what is on this server's own disk. */
  long savedUpTo() {
    return world.broken == Breakage.TABLES_AHEAD_OF_LOG
        ? Long.MAX_VALUE
        : world.broken == Breakage.TABLES_FORGET_TRUNCATION ? onceSynced : node.core.syncedIndex();
  }
}
