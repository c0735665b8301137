package org.comitia.consensus;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.ReadResult;
import org.comitia.raft.Server;
import org.comitia.raft.StateMark;
import org.comitia.raft.participant.Confirmation;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Work;
import org.comitia.state.BrokenStates;
import org.comitia.state.Command;
import org.comitia.state.StateLimit;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.comitia.wire.Commands;

/**
 * A server's real cluster, with all that a request meets on its way to the leader and back, request
 * desk, inbox, read gate, applier, state machine, waiting writes, table saver and leader's clocks,
 * without their threads: the simulation steps them.
 */
public final class SteppedState {
  /** The machine around it. All of it is called on its core thread, but for clock and soon. */
  public interface Machine {
    /** Whether it gives its state to others. */
    boolean passesOn();

    /** The monotonic clock, nanoseconds. */
    long clock();

    /** The core's, which jumps. */
    long coreClock();

    Proposal propose(List<byte[]> commands);

    void readIndex(long requestId);

    /** Up to where the own log is on the disk. */
    long syncedIndex();

    /** This server can serve no more. */
    void resign(String why);

    /** The log begins behind this, in the core's turn. */
    void installed(LogBase base);

    /** It applies nothing any more; throws when there was no cause for that. */
    void halted(String why);

    /** Runs it on the core thread, soon. */
    void soon(Runnable input);
  }

  /**
   * What is broken.
   *
   * @param heedless the end of a session counts as refused once it is proposed
   * @param savesHalfway tables are saved while a restoration is under way
   * @param passesOnHalfway the state is passed on while a restoration is under way
   * @param keepsIndexes what is restored keeps its indexes
   */
  public record Faulty(
      boolean heedless, boolean savesHalfway, boolean passesOnHalfway, boolean keepsIndexes) {}

  /** What can be wrong with how states are compared. */
  public enum Wrong {
    /** It takes each digest for its own. */
    NOT_COMPARED,
    /** It goes on to answer from a state that is not the cluster's. */
    KEEPS_SERVING,
    /** A leader takes its own digest for the majority's. */
    OWN_DIGEST_COUNTS
  }

  /** Small, so that states are compared often. */
  private static final long COMPARED_ENTRIES = 40;

  private static final long COMPARED_NANOS = 4_000_000_000L;

  private static final int INBOX_LIMIT = 20_000;

  /** Small, so that a snapshot has several. */
  private static final int PIECE_BYTES = 400;

  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  private final Machine machine;
  private final Participant participant;
  private final Server self;
  private final Faulty faulty;
  private final CatalogStore catalog;
  private final StateMachine state;
  private final AppliedIndex applied;
  private final PendingWrites pending;
  private final Applier applier;
  private final TableSaver saver;
  private final Inbox inbox = new Inbox(INBOX_LIMIT);
  private final Timers timers;
  private final ReadGate reads;
  private final ServerCluster cluster;
  private final RequestDesk desk;
  private final SnapshotSource snapshots;
  private final SnapshotFetch fetch;
  private final LevelDuty level;
  private final StateComparison comparison;
  private final DigestDuty digests;
  private Status status;
  private String ended = "";
  private boolean dead;

  /**
   * @param tasks runs what production runs in its lanes
   * @param hold how long a request is held for want of a leader
   * @param knownLevel the highest feature level that this server applies
   * @param faulty what is broken in it
   * @param broken what is wrong with how it compares its state
   */
  public SteppedState(
      CatalogStore catalog,
      Participant participant,
      Server self,
      Transport transport,
      Executor tasks,
      Duration hold,
      int knownLevel,
      Faulty faulty,
      Set<Wrong> broken,
      Machine machine)
      throws StoreException {
    this.machine = machine;
    this.participant = participant;
    this.self = self;
    this.faulty = faulty;
    this.catalog = catalog;
    CatalogStore.Saved saved = catalog.load();
    long savedIndex = saved.point().appliedIndex();
    state =
        faulty.keepsIndexes
            ? BrokenStates.keepingIndexes(saved.state())
            : new StateMachine(saved.state());
    applied = new AppliedIndex(savedIndex);
    pending = new PendingWrites(tasks);
    comparison = comparison(participant.core().divergedAt(), broken);
    digests = duty(broken);
    applier =
        new Applier(
            state, comparison, knownLevel, saved.point(), applied, pending, tasks, this::halted);
    level = new LevelDuty(knownLevel);
    saver = new TableSaver(catalog, applier, tasks, machine::syncedIndex, saved.point());
    timers = new Timers(machine::clock);
    reads = new ReadGate(inbox, machine::readIndex, tasks, this::takeInputsSoon, machine::clock);
    publish();
    cluster =
        new ServerCluster(
            new Core(),
            state,
            applied,
            transport,
            timers,
            tasks,
            hold,
            () -> ended,
            () -> applier.halted().isEmpty() ? comparison.withheld() : applier.halted(),
            comparison::withheld,
            new StateRoom(new StateLimit(1L << 40), Long.MAX_VALUE / 4),
            Guards.OFF);
    snapshots =
        new SnapshotSource(
            this::passedOn,
            tasks,
            () -> participant.core().base().index(),
            comparison::confirmedAt,
            machine::clock,
            PIECE_BYTES);
    fetch =
        new SnapshotFetch(
            transport,
            tasks,
            timers,
            saver,
            applier,
            Long.MAX_VALUE / 4,
            this::objection,
            base -> machine.soon(() -> machine.installed(base)));
    // Frames and whoever leaves come another way.
    desk =
        new RequestDesk(
            null, cluster, null, snapshots, tasks, null, LONGEST_WAIT, RequestRates.NONE, false);
  }

  private CompletableFuture<Applier.View> passedOn() {
    if (!machine.passesOn()) {
      return CompletableFuture.completedFuture(null);
    }
    return faulty.passesOnHalfway ? applier.newest() : applier.view();
  }

  private CompletionStage<String> objection(Applier.View snapshot) {
    CompletableFuture<String> why = new CompletableFuture<>();
    CatalogStore.Point point = snapshot.point();
    machine.soon(
        () ->
            why.complete(
                participant.objection(point.cluster(), point.logBase(), snapshot.confirmedAt())));
    return why;
  }

  private StateComparison comparison(long divergedAt, Set<Wrong> broken) {
    return new StateComparison(divergedAt, participant.confirmation(), new Compared()) {
      @Override
      boolean agrees(long own, long clusters) {
        return super.agrees(own, clusters) || broken.contains(Wrong.NOT_COMPARED);
      }

      @Override
      String withheld() {
        return broken.contains(Wrong.KEEPS_SERVING) ? "" : super.withheld();
      }
    };
  }

  private static DigestDuty duty(Set<Wrong> broken) {
    return new DigestDuty(COMPARED_ENTRIES, COMPARED_NANOS) {
      @Override
      boolean isClusters(long digest, int count, RaftCore core) {
        return broken.contains(Wrong.OWN_DIGEST_COUNTS)
            ? digest == core.mark().digest()
            : super.isClusters(digest, count, core);
      }
    };
  }

  private final class Compared implements StateComparison.Reports {
    @Override
    public void marked(StateMark mark) {
      machine.soon(() -> participant.marked(mark));
    }

    @Override
    public void confirmed(Confirmation known) {
      machine.soon(() -> participant.confirmed(known));
    }

    @Override
    public void diverged(long index) {
      snapshots.forgetAll();
      machine.soon(
          () -> {
            participant.diverged(index, machine.coreClock());
            pending.abandon(comparison.withheld());
          });
      state.watches().wakeAll();
    }
  }

  private final class Core implements ServerCluster.Core {
    @Override
    public Status status() {
      return status;
    }

    @Override
    public ReadGate reads() {
      return reads;
    }

    @Override
    public void propose(PendingWrite write) {
      if (faulty.heedless && isSessionsEnd(write.data)) {
        write.outcome.complete(new WriteOutcome.NotApplied(Failure.REFUSED, "taken for refused"));
        machine.soon(() -> machine.propose(List.of(write.data)));
      } else {
        machine.soon(
            () ->
                pending.proposed(
                    new ArrayList<>(List.of(write)), machine.propose(List.of(write.data))));
      }
    }
  }

  private static boolean isSessionsEnd(byte[] data) {
    try {
      return Commands.decode(data) instanceof Command.SessionDestroy;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void takeInputsSoon() {
    if (!inbox.isEmpty()) {
      machine.soon(this::takeInputs);
    }
  }

  private void takeInputs() {
    List<Inbox.Input> inputs = new ArrayList<>();
    inbox.drain(inputs, INBOX_LIMIT);
    inputs.forEach(Inbox.Input::run);
  }

  // ---- requests ----

  /** What its HTTP API asks. */
  public Cluster cluster() {
    return cluster;
  }

  /**
   * Another agent's request.
   *
   * @return its answer
   */
  public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer) {
    CompletionStage<byte[]> answer = desk.onRequest(body, fromAddress, fromServer);
    takeInputsSoon();
    return answer;
  }

  /** This server is about to stop. */
  public void answerWaiting() {
    cluster.answerWaiting();
  }

  // ---- the core's turn ----

  /** Before each input. */
  public void tellApplied() {
    participant.applied(applied.get());
  }

  /** To be called each tick. */
  public void tick(boolean clocksToo) {
    pending.expire(machine.clock());
    reads.expire(machine.clock());
    timers.run(machine.clock());
    cluster.sweepHeld();
    if (clocksToo) {
      cluster.passLeaderClocks(machine.clock());
    }
  }

  public void answered(ReadResult result) {
    reads.answered(result);
  }

  /** This is carried out. */
  public void done(Work work) {
    if (!work.events().isEmpty() || work.founded()) {
      publish();
      if (status.hasLeader()) {
        cluster.wakeHeld();
      }
    }
  }

  /** Others may know how things are now. */
  public void publish() {
    status = Status.of(participant, self, machine.clock());
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
    threadDied(why);
  }

  /** One of its threads has ended. */
  public void threadDied(String why) {
    ended = why;
    machine.resign(why);
    pending.abandon(why);
    applied.stop();
    cluster.wakeHeld();
  }

  // ---- snapshots ----

  /**
   * A snapshot is needed.
   *
   * @param address the leader's, null when it is not known
   */
  public void snapshotNeeded(String address) {
    fetch.needed(address);
  }

  private void halted(String why) {
    machine.halted(why);
    machine.resign(why);
    pending.abandon(why);
    applied.stop();
    cluster.wakeHeld();
  }

  // ---- feature levels: the leader's duty, on its core thread ----

  /** Whether it would take in a server that knows this level. The core refuses before its time. */
  public boolean takesIn(int known) {
    if (!participant.core().established()) {
      return true;
    }
    level.begin(Status.of(participant, self, machine.clock()));
    return level.isSettled(version()) && known >= level.needed(version());
  }

  /** What a server must know to be taken in. */
  public int neededLevel() {
    return level.needed(version());
  }

  /**
   * A round of the duty.
   *
   * @return the level that was proposed; 0 when none was
   */
  public int raiseLevel() {
    if (!participant.core().established()) {
      return 0;
    }
    level.begin(Status.of(participant, self, machine.clock()));
    int next = level.next(version());
    return next > 0 && level.propose(next, participant.core(), machine.clock()) > 0 ? next : 0;
  }

  // ---- comparing states ----

  /** A round of the leader's duty, on its core thread. */
  public void compareStates() {
    digests.look(participant.core(), version(), machine.clock());
  }

  /** The entry by which the state was found not to be the cluster's; 0 when it was not. */
  public long divergedAt() {
    return comparison.divergedAt();
  }

  /** What the state was when it was last looked at. */
  public StateMark mark() {
    return comparison.mark();
  }

  /** Behind this the log is not to be cut: somebody goes on from there. */
  public long heldIndex() {
    snapshots.forgetIdle();
    return snapshots.oldestIndex();
  }

  // ---- saving ----

  public void saveSoon() {
    if (faulty.savesHalfway && state.restoring() != null && !saver.isSaving()) {
      applier.newest().thenAccept(this::saveHalfway);
    }
    saver.saveSoon();
  }

  private void saveHalfway(Applier.View view) {
    if (view != null && view.point().appliedIndex() <= machine.syncedIndex()) {
      try {
        Touched touched = Touched.none();
        touched.addAll(Touched.all(catalog.load().state().tables()));
        touched.addAll(Touched.all(view.state().tables()));
        catalog.save(view.point(), view.state(), touched);
      } catch (StoreException e) {
        // the log has what is not saved
      }
    }
  }

  /** Whether a save is under way, which a stop waits for. */
  public boolean isSaving() {
    return saver.isSaving();
  }

  /**
   * The last save of an orderly stop.
   *
   * @param unasked whether it is made whatever else is under way
   */
  public void saveLast(boolean unasked) throws InterruptedException {
    CompletableFuture<Applier.SaveJob> last = applier.prepareSave();
    while (step()) {
      // to its end
    }
    Applier.SaveJob job = last.getNow(null);
    if (!unasked) {
      saver.saveNow(job);
    } else if (job != null && job.point().appliedIndex() <= machine.syncedIndex()) {
      try {
        catalog.save(job.point(), job.state(), job.touched());
      } catch (StoreException e) {
        // the log has what is not saved
      }
    }
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
