package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Entry;
import org.comitia.raft.Proposal;
import org.comitia.state.Command;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/**
 * A server's real applier, state machine, waiting writes and table saver without their threads: the
 * simulation steps them.
 */
public final class SteppedState {
  private final StateMachine state;
  private final AppliedIndex applied;
  private final PendingWrites pending;
  private final Applier applier;
  private final TableSaver saver;
  private final long loadedIndex;

  /**
   * @param tasks runs what production runs in its lanes
   * @param syncedIndex up to where the own log is on the disk
   * @param appliedReport gets the applied index after each step
   */
  public SteppedState(
      CatalogStore catalog, Executor tasks, LongSupplier syncedIndex, LongConsumer appliedReport)
      throws StoreException {
    CatalogStore.Saved saved = catalog.load();
    loadedIndex = saved.point().appliedIndex();
    state = new StateMachine(saved.state());
    applied = new AppliedIndex(loadedIndex);
    pending = new PendingWrites(tasks);
    applier =
        new Applier(
            state,
            saved.point(),
            applied,
            pending,
            tasks,
            appliedReport,
            why -> {
              throw new AssertionError(why);
            });
    saver = new TableSaver(catalog, applier, tasks, syncedIndex, loadedIndex);
  }

  /** Committed entries, in order. */
  public void submit(UUID cluster, List<Entry> entries) {
    applier.joined(cluster);
    applier.submit(entries);
  }

  /** Applies the oldest of what was submitted, or prepares a save; false when there is nothing. */
  public boolean step() {
    return applier.step();
  }

  /**
   * Proposes a write.
   *
   * @param then gets what became of it
   * @return whether it was accepted
   */
  public boolean write(
      Command command,
      long deadline,
      Function<List<byte[]>, Proposal> propose,
      Consumer<WriteOutcome> then) {
    PendingWrite write = new PendingWrite(Commands.encode(command), deadline);
    write.outcome.thenAccept(then);
    Proposal proposal = propose.apply(List.of(write.data));
    pending.proposed(new ArrayList<>(List.of(write)), proposal);
    return proposal instanceof Proposal.Accepted;
  }

  public void expire(long now) {
    pending.expire(now);
  }

  public void whenApplied(long index, Consumer<Boolean> then) {
    applied.whenApplied(index, then);
  }

  public void saveSoon() {
    saver.saveSoon();
  }

  /** Where the tables were when this server started. */
  public long loadedIndex() {
    return loadedIndex;
  }

  public long appliedIndex() {
    return applied.get();
  }

  public StateVersion version() {
    return state.version();
  }
}
