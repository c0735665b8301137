package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Entry;
import org.comitia.raft.Proposal;
import org.comitia.raft.ReadResult;
import org.comitia.state.Command;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/**
 * A server's real inbox, read gate, applier, state machine, waiting writes, table saver and
 * leader's clocks without their threads: the simulation steps them.
 */
public final class SteppedState {
  /** The server around it. All of it is called on its core thread. */
  public interface Server {
    /** The monotonic clock, nanoseconds. */
    long clock();

    /** The term in which it leads, its own entry committed; -1 when it does not. */
    long leads();

    Proposal propose(List<byte[]> commands);

    void readIndex(long requestId);

    /** Up to where the own log is on the disk. */
    long syncedIndex();

    void applied(long index);

    /** This server can serve no more. */
    void outOfService(String why);

    /** Runs it on the core thread, soon. */
    void soon(Runnable input);
  }

  private static final int INBOX_LIMIT = 20_000;

  /** How long the leader's clocks wait for what they propose. */
  private static final long WRITE_NANOS = 10_000_000_000L;

  private final Server server;
  private final CatalogStore catalog;
  private final StateMachine state;
  private final AppliedIndex applied;
  private final PendingWrites pending;
  private final Applier applier;
  private final TableSaver saver;
  private final Inbox inbox = new Inbox(INBOX_LIMIT);
  private final ReadGate reads;
  private final LeaderClocks clocks;
  private final LongSupplier sessionClock;
  private final long loadedIndex;
  private boolean dead;

  /**
   * @param tasks runs what production runs in its lanes
   * @param sessionClock what the leader's clocks go by
   */
  public SteppedState(
      CatalogStore catalog, Executor tasks, Server server, LongSupplier sessionClock)
      throws StoreException {
    this.server = server;
    this.catalog = catalog;
    this.sessionClock = sessionClock;
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
            server::applied,
            why -> {
              throw new AssertionError(why);
            });
    saver = new TableSaver(catalog, applier, tasks, server::syncedIndex, loadedIndex);
    reads = new ReadGate(inbox, server::readIndex, tasks, () -> {}, server::clock);
    clocks = new LeaderClocks(new Leadership());
  }

  private final class Leadership implements LeaderClocks.Leadership {
    @Override
    public long term() {
      return server.leads();
    }

    @Override
    public StateVersion state() {
      return state.version();
    }

    @Override
    public boolean confirm(LongConsumer then) {
      return readIndex(then);
    }

    @Override
    public CompletionStage<WriteOutcome> propose(Command command) {
      PendingWrite write = new PendingWrite(Commands.encode(command), server.clock() + WRITE_NANOS);
      server.soon(() -> proposed(write));
      return write.outcome;
    }
  }

  // ---- applying ----

  /** Committed entries, in order. */
  public void submit(UUID cluster, List<Entry> entries) {
    applier.joined(cluster);
    applier.submit(entries);
  }

  /** Applies the oldest of what was submitted, or prepares a save; false when there is nothing. */
  public boolean step() {
    return !dead && applier.step();
  }

  /** The apply thread ends, as when it throws an Error; the server is told as in production. */
  public void applyThreadDies(String why) {
    dead = true;
    applier.close();
    outOfService(why);
  }

  /** Another thread has ended. */
  public void outOfService(String why) {
    server.outOfService(why);
    pending.abandon(why);
    applied.stop();
  }

  public void whenApplied(long index, Consumer<Boolean> then) {
    applied.whenApplied(index, then);
  }

  // ---- writes ----

  /**
   * Proposes a write.
   *
   * @param then gets what became of it
   * @return whether it was accepted
   */
  public boolean write(Command command, long deadline, Consumer<WriteOutcome> then) {
    PendingWrite write = new PendingWrite(Commands.encode(command), deadline);
    write.outcome.thenAccept(then);
    return proposed(write);
  }

  private boolean proposed(PendingWrite write) {
    Proposal proposal = server.propose(List.of(write.data));
    pending.proposed(new ArrayList<>(List.of(write)), proposal);
    return proposal instanceof Proposal.Accepted;
  }

  public void expire(long now) {
    pending.expire(now);
    reads.expire(now);
  }

  // ---- reads ----

  /**
   * @param then gets the index to wait for, or -1 when this server does not lead
   * @return false when too many wait
   */
  public boolean readIndex(LongConsumer then) {
    boolean taken = reads.readIndex(then);
    if (inbox.size() > 0) {
      server.soon(this::takeInputs);
    }
    return taken;
  }

  private void takeInputs() {
    List<Inbox.Input> inputs = new ArrayList<>();
    inbox.drain(inputs, INBOX_LIMIT);
    inputs.forEach(Inbox.Input::run);
  }

  public void answered(ReadResult result) {
    reads.answered(result);
  }

  // ---- sessions ----

  /** A round of the leader's clocks. */
  public void passLeaderClocks() {
    clocks.round(sessionClock.getAsLong());
  }

  /**
   * Renews a session here, as the leader does it in production.
   *
   * @param heedless whether it goes by the state alone, though the session's end may be under way
   * @return true when it is there; false when it is not; fails when this server cannot say
   */
  public CompletionStage<Boolean> renew(String session, boolean heedless) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    renew(session, heedless, answer);
    return answer;
  }

  private void renew(String session, boolean heedless, CompletableFuture<Boolean> answer) {
    clocks.renew(session, sessionClock.getAsLong());
    boolean taken =
        readIndex(
            index -> {
              if (index < 0) {
                answer.completeExceptionally(new IllegalStateException("not the leader"));
              } else {
                applied.whenApplied(index, there -> answer(session, heedless, there, answer));
              }
            });
    if (!taken) {
      answer.completeExceptionally(new IllegalStateException("too much is under way"));
    }
  }

  private void answer(
      String session, boolean heedless, boolean there, CompletableFuture<Boolean> answer) {
    if (!there) {
      answer.completeExceptionally(new IllegalStateException("nothing is applied any more"));
    } else if (clocks.renew(session, sessionClock.getAsLong()) || heedless) {
      answer.complete(state.version().sessions().containsKey(session));
    } else {
      clocks.ended(session).thenRun(() -> server.soon(() -> renew(session, heedless, answer)));
    }
  }

  // ---- saving ----

  public void saveSoon() {
    saver.saveSoon();
  }

  /** Whether a save is under way, which a stop waits for. */
  public boolean isSaving() {
    return saver.isSaving();
  }

  /**
   * The last save of an orderly stop.
   *
   * @param heedless whether it is made whatever else is under way
   */
  public void saveLast(boolean heedless) throws InterruptedException {
    CompletableFuture<Applier.SaveJob> last = applier.prepareSave();
    while (step()) {
      // to its end
    }
    Applier.SaveJob job = last.getNow(null);
    if (!heedless) {
      saver.saveNow(job);
    } else if (job != null && job.point().appliedIndex() <= server.syncedIndex()) {
      try {
        catalog.save(job.point(), job.state(), job.touched());
      } catch (StoreException e) {
        // the log has everything
      }
    }
  }

  /** Where the tables were when this server started. */
  public long loadedIndex() {
    return loadedIndex;
  }

  // ---- what others may know ----

  public long appliedIndex() {
    return applied.get();
  }

  public StateVersion version() {
    return state.version();
  }

  /** Inputs, waiting writes and waiting reads. */
  public int waiting() {
    return inbox.size() + pending.size() + applied.waiting();
  }

  /** Bytes of what is committed and not yet applied. */
  public long backlogBytes() {
    return applier.backlogBytes();
  }
}
