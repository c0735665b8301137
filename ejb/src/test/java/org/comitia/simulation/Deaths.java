package org.comitia.simulation;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.comitia.raft.Configuration;
import org.comitia.raft.Proposal;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.CleanupDuty;
import org.comitia.raft.participant.Sighting;

/**
 * Machines that die for good. In one run of three with room for it a server of the configuration
 * dies in the storm, another one may join in its place, and leaders take dead servers out; a person
 * takes out those that no leader may. Its randomness is its own.
 */
final class Deaths {
  /** Instead of half a minute: the storm is short. */
  private static final long SILENT = 1_500 * World.MILLI;

  private static final long NEVER = Long.MAX_VALUE;

  private final World world;
  private final SplittableRandom random;
  private final boolean on;
  private final CleanupDuty[] duties;
  private ServerId dead; // null while nobody is
  private long diedAt = NEVER;

  Deaths(World world) {
    this.world = world;
    this.random = new SplittableRandom(world.seed ^ 0xdead);
    boolean room = world.nodes.length > 3 && world.scenario.kind() != Scenario.Kind.RACE;
    this.on = room && random.nextInt(3) == 0;
    this.duties = new CleanupDuty[world.nodes.length];
  }

  void start() {
    if (on) {
      after(300, 4_000);
    }
  }

  private void after(int leastMillis, int mostMillis) {
    long millis = leastMillis + random.nextInt(mostMillis - leastMillis);
    world.after(millis * World.MILLI, this::strike);
  }

  private void strike() {
    if (world.calm) {
      return;
    }
    SimulatedNode node = world.nodes[random.nextInt(world.nodes.length)];
    if (node.running && isConfigured(node) && world.operator.mayLose(node)) {
      world.trace(node.name, "dies for good");
      dead = node.id();
      node.crash();
      node.retired = true;
      diedAt = world.now;
    } else {
      after(50, 500);
    }
  }

  private boolean isConfigured(SimulatedNode node) {
    for (SimulatedNode leader : world.nodes) {
      if (leader.leads() && leader.core.established()) {
        return leader.core.configuration().contains(node.id());
      }
    }
    return false;
  }

  /** A server starts: what a leader counts begins anew. */
  void starting(SimulatedNode node) {
    long silent = world.broken == Breakage.CLEANUP_BY_VIEW ? 0 : SILENT;
    duties[node.ordinal] = new CleanupDuty(silent);
  }

  /** The part of a leader's round that takes dead servers out. */
  void cleanUp(SimulatedNode leader, List<Sighting> seen, boolean settled) {
    CleanupDuty duty = duties[leader.ordinal];
    long now = leader.clock();
    if (!on || !duty.round(leader.core.term(), now) || !settled) {
      return;
    }
    Optional<Server> found =
        world.broken == Breakage.CLEANUP_COSTS_QUORUM
            ? anySilent(leader, seen, now)
            : duty.next(leader.core, leader.id(), id -> isSeen(id, seen), 0, now);
    found.ifPresent(server -> remove(server, leader, now));
  }

  private static boolean isSeen(ServerId id, List<Sighting> seen) {
    return seen.stream()
        .anyMatch(other -> other.alive() && other.candidate().server().id().equals(id));
  }

  private static Optional<Server> anySilent(SimulatedNode leader, List<Sighting> seen, long now) {
    return leader.core.configuration().servers().stream()
        .filter(server -> !server.id().equals(leader.id()) && !isSeen(server.id(), seen))
        .filter(server -> leader.core.sinceContactNanos(server.id(), now) >= SILENT)
        .findFirst();
  }

  private void remove(Server server, SimulatedNode leader, long now) {
    Configuration before = leader.core.configuration();
    long silent = leader.core.sinceContactNanos(server.id(), now);
    long had = spare(before, leader, now);
    if (!(leader.core.remove(server.id(), now) instanceof Proposal.Accepted)) {
      return;
    }
    world.trace(leader.name, "takes out as dead " + world.check.name(server.id()));
    Configuration left = leader.core.configuration();
    Invariants.require(
        silent >= SILENT,
        "a server is called dead when it has been silent for long",
        () -> leader.name + " removes " + server + ", silent for " + silent + " ns");
    if (server.voter()) {
      long has = spare(left, leader, now);
      Invariants.require(
          left.voters().size() >= 3 && has > had && has >= 1,
          "a dead voter is removed where that makes the cluster safer",
          () ->
              leader.name
                  + " removes one of "
                  + before
                  + ": it could lose "
                  + had
                  + ", now "
                  + has);
    }
  }

  /** How many of the voters that this leader hears may be lost. */
  private long spare(Configuration configuration, SimulatedNode leader, long now) {
    long heard =
        configuration.voters().stream()
            .filter(
                voter ->
                    voter.id().equals(leader.id())
                        || leader.core.sinceContactNanos(voter.id(), now)
                            < world.options.electionNanos())
            .count();
    return heard - configuration.quorum();
  }

  // ---- after the storm

  /** Whether the dead server is in this configuration. */
  boolean isIn(Configuration configuration) {
    return dead != null && configuration.contains(dead);
  }

  /** A person removes whom no leader may: without it the cluster is no safer. */
  void act() {
    for (SimulatedNode leader : world.nodes) {
      if (dead != null && leader.leads() && world.now - diedAt > 2 * SILENT) {
        Configuration configuration = leader.core.configuration();
        boolean mayStay =
            configuration.isVoter(dead)
                && (configuration.voters().size() % 2 == 1 || configuration.voters().size() < 4);
        if (mayStay) {
          world.trace("op", "removes " + world.check.name(dead));
          leader.input(() -> leader.core.remove(dead, leader.clock()));
        }
      }
    }
  }
}
