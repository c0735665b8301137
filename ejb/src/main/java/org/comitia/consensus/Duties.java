package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.raft.Proposal;
import org.comitia.raft.participant.FormerServers;
import org.comitia.raft.participant.MembershipDuty;
import org.comitia.state.StateVersion;

/**
 * What the leader does beside replicating: it takes joining servers into the configuration (as
 * learners, promoted when caught up) and dead ones out ({@link AutopilotDuty}), raises the feature
 * level ({@link LevelDuty}), has the servers compare their states ({@link DigestDuty}), and keeps
 * the catalog in step with the members ({@link MemberCatalog}). One round at a time, on the managed
 * executor; whatever fails is looked at again in the next round.
 */
final class Duties {
  private static final Logger LOG = Logger.getLogger("consul");

  private final Engine engine;
  private final Supplier<List<Member>> members;
  private final MemberCatalog catalog;
  private final Executor executor;
  private final String datacenter;
  private final LevelDuty level;
  private final DigestDuty digests;
  private final AutopilotDuty autopilot;
  private final Supplier<StateVersion> state;
  private final AtomicBoolean running = new AtomicBoolean();
  private String lastComplaint = "";
  private String lastUndecided = "";

  Duties(
      Engine engine,
      Supplier<List<Member>> members,
      MemberCatalog catalog,
      Executor executor,
      String datacenter,
      LevelDuty level,
      DigestDuty digests,
      AutopilotDuty autopilot,
      Supplier<StateVersion> state) {
    this.engine = engine;
    this.members = members;
    this.catalog = catalog;
    this.executor = executor;
    this.datacenter = datacenter;
    this.level = level;
    this.digests = digests;
    this.autopilot = autopilot;
    this.state = state;
  }

  /** Starts a round unless one is under way. Does not block. */
  void lookSoon() {
    if (engine.status().established() && running.compareAndSet(false, true)) {
      executor.execute(
          () ->
              CompletableFuture.completedFuture(engine.status())
                  .thenCompose(this::look)
                  .whenComplete((done, error) -> ended(error)));
    }
  }

  private void ended(Throwable error) {
    running.set(false);
    if (error != null) {
      LOG.log(
          Level.WARNING,
          "COM3020: a round of the leader's duties failed, the next one goes on",
          error);
    }
  }

  /**
   * Completes when the round's writes have their outcomes: the next round must see what they did.
   */
  private CompletionStage<?> look(Status status) {
    if (!status.established()) {
      return CompletableFuture.completedFuture(null);
    }
    // Not older than the status's configuration, and not newer than what membership shows: else a
    // removal would count as noticed that these members do not show yet.
    FormerServers former = engine.formerServers();
    List<Member> known = members.get();
    level.begin(status);
    autopilot.begin(status, state.get().autopilot());
    CompletionStage<?> changed =
        changeConfiguration(status, former, known)
            .thenCompose(done -> cleanUp(status, known))
            .thenCompose(done -> raiseLevel())
            .thenCompose(done -> compareStates())
            .thenCompose(done -> autopilot.settle(status, state.get()));
    return catalog
        .keep(status.term(), status.configuration(), known, System.nanoTime())
        .thenCompose(kept -> changed);
  }

  /** Completes when the core has taken or refused the change; the next round sees which. */
  private CompletionStage<?> changeConfiguration(
      Status status, FormerServers former, List<Member> known) {
    StateVersion version = state.get();
    boolean settled = level.isSettled(version);
    MembershipDuty.Found found =
        MembershipDuty.next(
            status.cluster(),
            datacenter,
            status.configuration(),
            id -> autopilot.mayVote(id, status, version.autopilot(), System.nanoTime()),
            Servers.sightings(known),
            former,
            level.needed(version),
            System.nanoTime());
    if (!found.complaint().isEmpty() && settled) {
      complain(found.complaint());
    }
    return found
        .change()
        .filter(change -> settled || !(change instanceof MembershipDuty.AddLearner))
        .<CompletionStage<?>>map(this::propose)
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  private CompletionStage<?> cleanUp(Status status, List<Member> known) {
    StateVersion version = state.get();
    return autopilot.cleanUp(
        status, known, version.autopilot(), level.isSettled(version), System.nanoTime());
  }

  private CompletionStage<?> propose(MembershipDuty.Change change) {
    return engine
        .ask(core -> change.propose(core, System.nanoTime()))
        .handle(
            (proposal, error) -> {
              if (error != null) {
                LOG.warning(
                    change.text() + " failed, will retry: error=\"" + error.getMessage() + "\"");
              } else if (proposal instanceof Proposal.Refused refused) {
                LOG.fine(change.text() + " waits: " + refused.reason());
              } else {
                LOG.info(change.text());
              }
              return null;
            });
  }

  /** Behind the change of the configuration: whoever is added with it has to know the level too. */
  private CompletionStage<?> raiseLevel() {
    int next = level.next(state.get());
    if (next == 0) {
      return CompletableFuture.completedFuture(null);
    }
    return engine
        .ask(core -> level.propose(next, core, System.nanoTime()))
        .handle(
            (index, error) -> {
              if (error != null) {
                LOG.fine("raising the feature level failed, will retry: error=\"" + error + "\"");
              } else if (index > 0) {
                LOG.info("raising the feature level: level=" + next + " index=" + index);
              }
              return null;
            });
  }

  private CompletionStage<?> compareStates() {
    return engine
        .ask(
            core -> {
              digests.look(core, state.get(), System.nanoTime());
              return digests.undecided();
            })
        .handle(
            (undecided, error) -> {
              if (error != null) {
                LOG.fine("comparing the states failed, will retry: error=\"" + error + "\"");
              } else if (!undecided.equals(lastUndecided)) {
                lastUndecided = undecided;
                if (!undecided.isEmpty()) {
                  LOG.severe(undecided);
                }
              }
              return null;
            });
  }

  /** The same words once, not every round. */
  private void complain(String text) {
    if (!text.equals(lastComplaint)) {
      lastComplaint = text;
      LOG.warning(text);
    }
  }
}
