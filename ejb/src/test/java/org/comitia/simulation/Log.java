package org.comitia.simulation;

import java.util.List;
import java.util.function.Consumer;
import org.comitia.consensus.SteppedLog;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Work;

/** A node's log thread, which runs the real log writer, and when its tables are saved. */
final class Log {
  private final SimulatedNode node;
  private final World world;
  private SimulatedStore store;
  private SteppedLog writer;
  private boolean busy;
  private boolean dead;
  private long stalledUntil;

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
    writer = new SteppedLog(store, node::clock);
    onceSynced = node.disk.log.lastIndex();
    scheduleSave();
  }

  SimulatedStore store() {
    return store;
  }

  void stall(long nanos) {
    stalledUntil = world.now + nanos;
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
    step();
  }

  /** The participant asks for it; what is on the disk is read anew. */
  void reopen() {
    writer.reopen(node.state.appliedIndex());
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
      long end = Math.max(stalledUntil, world.now) + store.takeCost();
      finishAfter(end - world.now, reports);
    }
  }

  private void finishAfter(long nanos, List<Consumer<Participant>> reports) {
    int life = node.life();
    world.after(
        nanos,
        () -> {
          if (life == node.life() && !dead) {
            finished(reports);
          }
        });
  }

  private void finished(List<Consumer<Participant>> reports) {
    if (world.now < stalledUntil) {
      finishAfter(stalledUntil - world.now, reports);
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
