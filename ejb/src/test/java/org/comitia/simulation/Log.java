package org.comitia.simulation;

import java.util.List;
import java.util.function.Consumer;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.StoreException;
import org.comitia.consensus.SteppedLog;
import org.comitia.raft.LogBase;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Work;
import org.comitia.state.FeatureLevel;

/** A node's log thread, which runs the real log writer, and when its tables are saved. */
final class Log {
  /** How often it is looked whether a disk that stands still goes on. */
  private static final long LOOK = 500 * World.MILLI;

  private final SimulatedNode node;
  private final World world;
  private SimulatedStore store;
  private SteppedLog writer;
  private boolean busy;
  private boolean reading;
  private boolean dead;
  private long stalledUntil;
  private long endsAt;

  /** The highest index that was ever synced in this life; since then it may have been replaced. */
  private long onceSynced;

  Log(SimulatedNode node) {
    this.node = node;
    this.world = node.world;
    this.store = new SimulatedStore(node);
  }

  void started() {
    busy = false;
    dead = false;
    store = new SimulatedStore(node);
    reading = false;
    writer = new SteppedLog(store, node::clock, this::mayBeginBehind, store::failed);
    onceSynced = node.disk.log.lastIndex();
    scheduleSave();
  }

  SimulatedStore store() {
    return store;
  }

  /** Ends with the storm at the latest. */
  void stall(long nanos) {
    stalledUntil = world.now + nanos;
  }

  /** The disk is well again. */
  void goOn() {
    stalledUntil = Math.min(stalledUntil, world.now);
  }

  /** The thread ends: nothing is written any more in this life. */
  void die() {
    dead = true;
    node.disk.lose();
    node.storeFailed = true;
  }

  /** How much waits for the thread. */
  int queued() {
    return dead ? 0 : writer.queued();
  }

  void write(Work work) {
    if (!node.storeFailed) {
      for (Persist persist : work.persists()) {
        node.persisting(persist);
      }
      node.disk.ask(work.persists());
    }
    writer.write(work.persists(), work.records(), work.recordSequence());
    if (acknowledgedEarly(work)) {
      acknowledge(work);
    }
    step();
  }

  void read(LogRead read) {
    writer.read(read);
    stepReads();
  }

  /** On a lane of its own: it waits for no write, and no write for it. */
  private void stepReads() {
    if (reading || dead || !node.running || store.isFailing()) {
      return; // a thread that has failed tells so at once, only the simulated one takes its time
    }
    List<Consumer<Participant>> answers = writer.stepRead();
    if (answers == null) {
      return;
    }
    reading = true;
    int life = node.life();
    world.after(
        Math.max(100_000, store.takeReadCost()),
        () -> {
          if (life == node.life() && !dead) {
            reading = false;
            node.report(() -> answers.forEach(answer -> answer.accept(node.participant)));
            step(); // it may have been told that the store cannot be read
            stepReads();
          }
        });
  }

  private LogBase mayBeginBehind() {
    CatalogStore.Point saved = node.disk.tables.point();
    if (node.state.version().level() < FeatureLevel.SNAPSHOTS
        || saved.appliedIndex() == 0
        || saved.fromSnapshot()) {
      return LogBase.NONE;
    }
    long applied = node.state.appliedIndex();
    if (world.broken == Breakage.LOG_MENDED_BEYOND_TABLES && applied <= node.disk.log.lastIndex()) {
      return new LogBase(
          applied,
          node.disk.log.termAt(applied),
          node.core.configuration(),
          node.core.configurationIndex());
    }
    return saved.logBase();
  }

  /** The participant asks for it; what is on the disk is read anew. */
  void reopen() {
    writer.reopen(node.state.appliedIndex());
    step();
  }

  /** A row that the tables cover has rotted, and the scrub has found it. */
  void rots() {
    long saved = node.disk.tables.point().appliedIndex();
    if (dead || !node.running || node.storeFailed || saved <= node.disk.log.base().index()) {
      return;
    }
    world.trace(node.name, "finds damage in its log");
    store.rot();
    writer.distrust(new StoreException("a row of the simulated log is damaged", null, true));
    step();
  }

  private boolean acknowledgedEarly(Work work) {
    if (node.storeFailed) {
      return false;
    }
    if (world.broken == Breakage.ACK_BEFORE_SYNC) {
      return true;
    }
    return world.broken == Breakage.OWN_VOTE_UNSYNCED
        && work.persists().stream()
            .anyMatch(p -> p.hardState() != null && node.id().equals(p.hardState().vote()));
  }

  private void acknowledge(Work work) {
    List<Persist> persists = work.persists();
    node.inputAfter(
        0,
        () -> {
          onceSynced = Math.max(onceSynced, node.disk.written.lastIndex());
          if (work.recordSequence() > 0) {
            node.participant.recordSynced(work.recordSequence(), node.clock());
          }
          if (!persists.isEmpty()) {
            node.participant.synced(persists.get(persists.size() - 1).sequence(), node.clock());
          }
        });
  }

  /** While one group is under way, the next collects. */
  private void step() {
    if (busy || dead || !node.running) {
      return;
    }
    List<Consumer<Participant>> reports = writer.step();
    if (reports != null) {
      busy = true;
      long cost = store.takeCost();
      endsAt = world.now + cost;
      finishAfter(Math.max(stalledUntil - world.now, 0) + cost, reports);
    }
  }

  private void finishAfter(long nanos, List<Consumer<Participant>> reports) {
    int life = node.life();
    world.after(
        Math.min(nanos, LOOK),
        () -> {
          if (life == node.life() && !dead) {
            finished(reports);
          }
        });
  }

  private void finished(List<Consumer<Participant>> reports) {
    if (world.now < Math.max(stalledUntil, endsAt)) {
      finishAfter(Math.max(stalledUntil, endsAt) - world.now, reports);
      return;
    }
    busy = false;
    store.settle();
    long durable = node.storeFailed ? 0 : node.disk.log.lastIndex();
    node.report(
        () -> {
          onceSynced = Math.max(onceSynced, durable);
          reports.forEach(report -> report.accept(node.participant));
        });
    step();
    stepReads();
  }

  void crash() {
    store.crash();
    stalledUntil = 0;
  }

  // ---- saved tables ----------------------------------------------------------------------------

  private void scheduleSave() {
    node.inputAfter(
        world.between(2, 150) * World.MILLI,
        () -> {
          if (!world.calm && world.random.nextInt(20) == 0) {
            node.disk.tables.failNext(world.random.nextBoolean());
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
