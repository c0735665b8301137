package org.comitia.consensus;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.comitia.cluster.Member;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.CleanupDuty;
import org.comitia.raft.participant.Sighting;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.StateVersion;

/**
 * A leader's part in autopilot: it notes how the servers are, lets nobody become a voter who has
 * not been healthy for as long as is set, takes dead servers out ({@link CleanupDuty}), and writes
 * down once what its own settings say. One round at a time.
 */
final class AutopilotDuty {
  private static final Logger LOG = Logger.getLogger("consul");

  private final Engine engine;
  private final HealthBook health;
  private final ServerId self;
  private final AutopilotConfig initial;
  private final Function<Command, CompletionStage<WriteOutcome>> proposal;
  private final CleanupDuty cleanup = new CleanupDuty();

  /**
   * @param initial what this server's settings say; null when they say nothing
   * @param proposal of a command; needs no answer of a client
   */
  AutopilotDuty(
      Engine engine,
      HealthBook health,
      ServerId self,
      AutopilotConfig initial,
      Function<Command, CompletionStage<WriteOutcome>> proposal) {
    this.engine = engine;
    this.health = health;
    this.self = self;
    this.initial = initial;
    this.proposal = proposal;
  }

  /** A round begins, under an established leader. */
  void begin(Status status, AutopilotConfig config) {
    health.look(status, config);
  }

  /** Whether this learner follows the log, and has been healthy for as long as is asked for. */
  boolean mayVote(ServerId learner, Status status, AutopilotConfig config, long now) {
    return status.caughtUp(learner)
        && (config.stabilizationNanos() == 0
            || health.healthyNanos(learner, now) >= config.stabilizationNanos());
  }

  /** Writes down what this server's settings say, if nobody has set anything. */
  CompletionStage<?> settle(Status status, StateVersion state) {
    boolean due =
        initial != null
            && state.level() >= FeatureLevel.AUTOPILOT
            && state.autopilot().modifyIndex() == 0
            && health.isSettled(status, state);
    return due
        ? proposal.apply(new Command.AutopilotSet(initial, 0L))
        : CompletableFuture.completedFuture(null);
  }

  /** Takes a dead server out, if there is one and the cluster is safer without it. */
  CompletionStage<?> cleanUp(
      Status status, List<Member> members, AutopilotConfig config, boolean settled, long now) {
    boolean counted = cleanup.round(status.term(), now);
    boolean silent =
        status.peers().stream().anyMatch(peer -> peer.silentNanos() >= CleanupDuty.SILENT_NANOS);
    if (!counted || !silent || !settled || !config.cleanupDeadServers()) {
      return CompletableFuture.completedFuture(null);
    }
    Set<ServerId> alive =
        Servers.sightings(members).stream()
            .filter(Sighting::alive)
            .map(seen -> seen.candidate().server().id())
            .collect(Collectors.toSet());
    return engine
        .ask(core -> remove(core, alive, config.minQuorum(), System.nanoTime()))
        .exceptionally(
            error -> {
              LOG.fine("removing a dead server failed, will retry: error=\"" + error + "\"");
              return Optional.empty();
            })
        .thenAccept(removed -> removed.ifPresent(AutopilotDuty::tell));
  }

  /** In the core's turn. */
  private Optional<Server> remove(RaftCore core, Set<ServerId> alive, long minQuorum, long now) {
    return cleanup
        .next(core, self, alive::contains, minQuorum, now)
        .filter(dead -> core.remove(dead.id(), now) instanceof Proposal.Accepted);
  }

  private static void tell(Server dead) {
    LOG.warning(
        "COM2041: removing a dead server from the Raft configuration: name="
            + dead.name()
            + " id="
            + dead.id().node()
            + " address="
            + dead.address()
            + ": it has not answered for "
            + CleanupDuty.SILENT_NANOS / 1_000_000_000L
            + " s, and the other servers are safer without it. Started again, it is taken in as a new"
            + " server is");
  }
}
