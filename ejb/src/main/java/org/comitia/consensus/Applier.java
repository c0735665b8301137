package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.comitia.wire.Commands;

/**
 * The apply thread: applies committed entries to the state in order, completes the writes that wait
 * for them and wakes the reads. An entry that this version does not understand, or an Error, halts
 * it at that index: never skipped.
 */
final class Applier implements Runnable {
  /** What the tables are brought to by one save. */
  record SaveJob(CatalogStore.Point point, StateVersion state, Touched touched) {}

  /**
   * The state, and what the tables' point would be if they were saved now.
   *
   * @param confirmedAt the entry by which it was last found to be the cluster's; 0 for never
   */
  record View(CatalogStore.Point point, StateVersion state, long confirmedAt) {}

  private sealed interface Work {}

  private record Committed(List<Entry> entries) implements Work {}

  private record PrepareSave(CompletableFuture<SaveJob> job) implements Work {}

  private record Look(boolean newest, CompletableFuture<View> view) implements Work {}

  private record Install(View snapshot, CompletableFuture<Boolean> done) implements Work {}

  private record Stop() implements Work {}

  private static final Logger LOG = Logger.getLogger("consul.fsm");

  private final StateMachine state;
  private final StateComparison comparison;
  private final int knownLevel;
  private final AppliedIndex appliedIndex;
  private final PendingWrites pending;
  private final Executor executor;
  private final Consumer<String> haltReport;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final AtomicLong backlogBytes = new AtomicLong();
  private final WriteFigures figures = new WriteFigures();
  private final List<Runnable> completions = new ArrayList<>();
  private CatalogStore.Point point;

  /** What a log goes on from, while a restoration is under way; null while none is. */
  private View beforeRestoring;

  private volatile UUID cluster;
  private volatile String halted = "";
  private volatile boolean ended;

  /**
   * @param comparison what it knows of its state; one that is not the cluster's is left as it is
   * @param knownLevel the highest feature level that this server applies
   * @param haltReport told once why nothing is applied any more
   */
  Applier(
      StateMachine state,
      StateComparison comparison,
      int knownLevel,
      CatalogStore.Point point,
      AppliedIndex appliedIndex,
      PendingWrites pending,
      Executor executor,
      Consumer<String> haltReport) {
    this.state = state;
    this.comparison = comparison;
    this.knownLevel = knownLevel;
    this.point = point;
    this.cluster = point.cluster();
    this.appliedIndex = appliedIndex;
    this.pending = pending;
    this.executor = executor;
    this.haltReport = haltReport;
    comparison.reached(point.appliedIndex(), state.version().digest());
  }

  /** In the core's turn. */
  void submit(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    backlogBytes.addAndGet(bytes);
    queue.add(new Committed(entries));
  }

  /** In the core's turn: the cluster that all entries submitted from now on are of. */
  void joined(UUID cluster) {
    this.cluster = cluster;
  }

  /**
   * Completes with what a save has to write; null when nothing may be saved any more, since after a
   * halt the state may already hold the entry that the point does not, or not now, since what has
   * come of a restoration is in no table.
   */
  CompletableFuture<SaveJob> prepareSave() {
    return queued(PrepareSave::new);
  }

  /**
   * Completes with the newest state that a log goes on from: while a restoration is under way, the
   * one before it. Null when it is not to be passed on any more.
   */
  CompletableFuture<View> view() {
    return queued(view -> new Look(false, view));
  }

  /** The same of the newest state, whatever is under way beside it: no log goes on from it. */
  CompletableFuture<View> newest() {
    return queued(view -> new Look(true, view));
  }

  /**
   * Goes on from a snapshot that the saved tables hold already. Completes with whether it did: not
   * when the state is as new as the snapshot by then, or nothing is applied any more.
   */
  CompletableFuture<Boolean> install(View snapshot) {
    return queued(done -> new Install(snapshot, done));
  }

  private <T> CompletableFuture<T> queued(Function<CompletableFuture<T>, Work> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    queue.add(work.apply(answer));
    if (ended) { // looked at after it was added: close() finds it, or this does
      answerQueued();
    }
    return answer;
  }

  /** Nobody takes what is queued any more: who waits is told, entries are in the log. */
  private void answerQueued() {
    for (Work work = queue.poll(); work != null; work = queue.poll()) {
      if (work instanceof PrepareSave save) {
        save.job().complete(null);
      } else if (work instanceof Look look) {
        look.view().complete(null);
      } else if (work instanceof Install install) {
        install.done().complete(false);
      }
    }
  }

  void stop() {
    queue.add(new Stop());
  }

  /** About how many bytes of memory the state takes. */
  long stateBytes() {
    return state.version().bytes();
  }

  /** What is known of whether the state is the cluster's. */
  StateComparison comparison() {
    return comparison;
  }

  /** Whether it can go on from a state of this feature level. */
  boolean knows(int level) {
    return level <= knownLevel;
  }

  /** Whether the state is known not to be the cluster's. */
  boolean isDiverged() {
    return comparison.isDiverged();
  }

  /** Committed and not yet applied. */
  long backlogBytes() {
    return backlogBytes.get();
  }

  /** Why this node applies nothing any more; empty when it does. */
  String halted() {
    return halted;
  }

  @Override
  public void run() {
    try {
      while (true) {
        Work work = queue.poll(1, TimeUnit.SECONDS);
        if (work instanceof Stop) {
          return;
        }
        carryOut(work);
      }
    } catch (InterruptedException e) {
      Thread.currentThread()
          .interrupt(); // the container ends its threads after stop() was asked for
    }
  }

  /**
   * Does the first of what is queued, without waiting: for a driver that has no thread for it.
   *
   * @return false when there is nothing
   */
  boolean step() {
    Work work = queue.poll();
    carryOut(work);
    return work != null;
  }

  private void carryOut(Work work) {
    if (work instanceof Committed committed) {
      apply(committed.entries());
    } else if (work instanceof PrepareSave save) {
      save.job().complete(job());
    } else if (work instanceof Look look) {
      look.view().complete(isToBeKept() ? view(look.newest()) : null);
    } else if (work instanceof Install install) {
      install.done().complete(installed(install.snapshot()));
    }
  }

  private View view(boolean newest) {
    View view = newest || beforeRestoring == null ? shown() : beforeRestoring;
    // After a recovery the point may still be of the former cluster, whose state this one goes on
    // with.
    return new View(view.point().in(cluster), view.state(), view.confirmedAt());
  }

  private boolean installed(View snapshot) {
    long ahead = snapshot.point().appliedIndex() - point.appliedIndex();
    boolean replaces =
        comparison.isDiverged()
            ? ahead >= 0 && snapshot.confirmedAt() >= comparison.divergedAt()
            : ahead > 0;
    if (!isWhole() || !replaces) {
      return false;
    }
    state.install(snapshot.state());
    beforeRestoring = null;
    comparison.mended(snapshot.confirmedAt());
    point = snapshot.point();
    comparison.keep(point.appliedIndex(), state.version().digest());
    cluster = point.cluster();
    appliedIndex.advance(point.appliedIndex());
    return true;
  }

  /** After a halt the state may already hold the entry that the point does not. */
  private boolean isWhole() {
    return halted.isEmpty() && state.version().appliedIndex() == point.appliedIndex();
  }

  /** A state that is not the cluster's is neither saved nor given to anybody. */
  private boolean isToBeKept() {
    return isWhole() && !comparison.isDiverged();
  }

  private View shown() {
    return new View(point, state.version(), comparison.confirmedAt());
  }

  /** The thread has ended: answers who was not answered yet. To be called on it. */
  void close() {
    ended = true;
    appliedIndex.stop();
    completions.forEach(Runnable::run);
    answerQueued();
  }

  private void apply(List<Entry> entries) {
    for (Entry entry : entries) {
      backlogBytes.addAndGet(-entry.size());
      boolean passedOver = !halted.isEmpty() || comparison.isDiverged();
      if (passedOver || entry.index() <= point.appliedIndex()) {
        continue; // a snapshot holds what it does: one that was installed, or one to come
      }
      try {
        completeWrite(entry, apply(entry));
      } catch (Throwable t) { // Errors too: nothing after this index may be applied here
        halted = "COM3005: applying stopped at index " + entry.index() + ": " + t;
        LOG.log(
            Level.SEVERE,
            halted
                + ". Upgrade this server, or restart it with more memory; it will go on from here.",
            t);
        haltReport.accept(halted);
      }
    }
    appliedIndex.advance(point.appliedIndex());
    Fanout.tell(List.copyOf(completions), executor, Runnable::run);
    completions.clear();
  }

  /** Null for entries that are no commands. */
  private CommandResult apply(Entry entry) throws Exception {
    CommandResult result = null;
    Configuration configuration = point.configuration();
    long configurationIndex = point.configurationIndex();
    if (entry.kind() == Entry.Kind.COMMAND) {
      Command command = Commands.decode(entry.data(), knownLevel);
      long started = System.nanoTime();
      View before = command instanceof Command.Restoration ? view(true) : null;
      result = state.apply(entry.index(), command);
      figures.applied(command, started);
      if (before != null) {
        restoring(before, entry, (Command.Restoration) command, result);
      }
      if (command instanceof Command.RaiseLevel raise && state.version().level() == raise.level()) {
        LOG.info("feature level in force: level=" + raise.level() + " index=" + entry.index());
      }
      if (command instanceof Command.CompareDigest compare) {
        comparison.applied(entry.index(), compare, state.version().digest());
      }
    } else {
      state.skip(entry.index());
      if (entry.kind() == Entry.Kind.CONFIGURATION) {
        configuration = ConfigurationCodec.decode(entry.data());
        configurationIndex = entry.index();
      }
    }
    point =
        new CatalogStore.Point(
            entry.index(), entry.term(), cluster, configuration, configurationIndex);
    comparison.reached(entry.index(), state.version().digest());
    return result;
  }

  /** A step was applied; what was there before the first one stays what a log goes on from. */
  private void restoring(View before, Entry entry, Command.Restoration step, CommandResult result) {
    if (state.restoring() == null) {
      beforeRestoring = null;
    } else if (beforeRestoring == null) {
      beforeRestoring = before;
    }
    if (step instanceof Command.RestoreCommit) {
      LOG.info("restoration ended: id=" + step.id() + " index=" + entry.index() + " " + result);
    }
  }

  private void completeWrite(Entry entry, CommandResult result) {
    PendingWrite write = pending.applied(entry.index());
    if (write == null) {
      return;
    }
    figures.committed(write);
    WriteOutcome outcome =
        write.term == entry.term() && result != null
            ? new WriteOutcome.Applied(entry.index(), result)
            : new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.LOST_TO_NEW_LEADER);
    completions.add(() -> write.outcome.complete(outcome));
  }

  private SaveJob job() {
    if (!isToBeKept() || state.restoring() != null) {
      return null;
    }
    comparison.keep(point.appliedIndex(), state.version().digest());
    Touched touched = state.drainTouched();
    return new SaveJob(point, state.version(), touched);
  }
}
