package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.MembershipDuty;
import org.comitia.raft.participant.Sighting;

/**
 * What is around the cores: membership that tells who is there, the duties of a leader's driver,
 * and the person who, when the storm is over, starts what is down and does what the texts say.
 */
final class Operator {
  private static final long LOOK_EVERY = 40 * World.MILLI;
  private static final long ACT_EVERY = 6 * World.SECOND;

  private final World world;

  /** Who has announced that it leaves: from when on the others know, by their ordinals. */
  private final Map<Integer, long[]> leaving = new HashMap<>();

  private long lookAt;
  private long actAt;
  private Operation probe;
  private SimulatedNode probed;
  private long probeAt;

  Operator(World world) {
    this.world = world;
  }

  // ---- membership and a leader's duties --------------------------------------------------------

  /** This node hears of the others, late and not always rightly. */
  void refresh(SimulatedNode node) {
    List<Sighting> seen = new ArrayList<>();
    for (SimulatedNode other : world.nodes) {
      boolean alive = other.running && world.network.linked(node.ordinal, other.ordinal);
      if (!world.calm && (other.frozen() || world.random.nextInt(30) == 0)) {
        alive &= world.random.nextBoolean();
      }
      if (!alive && leaving.containsKey(other.ordinal)) {
        leaving.get(other.ordinal)[node.ordinal] = world.now; // back in the view, it says it anew
      }
      seen.add(
          new Sighting(
              other.candidate(), alive || other == node, isSeenLeaving(other, node), other.level));
    }
    node.participant.members(seen, node.clock());
    if (node.leads()) {
      duties(node, seen);
    }
  }

  /** What it says in its tags is under way for some seconds. */
  private void announce(SimulatedNode node) {
    long[] known = new long[world.nodes.length];
    for (int i = 0; i < known.length; i++) {
      known[i] = world.now + world.random.nextLong(world.between(1, 4) * World.SECOND);
    }
    leaving.put(node.ordinal, known);
  }

  private boolean isSeenLeaving(SimulatedNode node, SimulatedNode by) {
    long[] known = leaving.get(node.ordinal);
    return known != null && world.now >= known[by.ordinal];
  }

  private void duties(SimulatedNode leader, List<Sighting> seen) {
    boolean settled = leader.state.takesIn(Integer.MAX_VALUE);
    MembershipDuty.next(
            leader.cluster(),
            "dc1",
            leader.core.configuration(),
            leader.core::caughtUp,
            seen,
            world.broken == Breakage.TAKES_IN_WHO_JUST_LEFT
                ? leader.formerAtStart
                : leader.participant.formerServers(),
            leader.state.neededLevel(),
            leader.clock())
        .change()
        .filter(change -> settled || !(change instanceof MembershipDuty.AddLearner))
        .ifPresent(change -> propose(change, leader));
    int level = leader.state.raiseLevel();
    if (level > 0) {
      world.rollout.proposed(level, leader);
    }
    leader.state.compareStates();
    world.deaths.cleanUp(leader, seen, settled);
  }

  private void propose(MembershipDuty.Change change, SimulatedNode leader) {
    boolean accepted = change.propose(leader.core, leader.clock()) instanceof Proposal.Accepted;
    if (accepted && change instanceof MembershipDuty.AddLearner added) {
      SimulatedNode node = node(added.server());
      world.rollout.takenIn(node, leader);
      Invariants.require(
          !world.check.isDropped(added.server().id()),
          "whom a recovery dropped takes no part before it is emptied",
          () -> leader.name + " takes in " + node.name);
      Invariants.require(
          !(leaving.containsKey(node.ordinal) && world.check.ledgerOf(leader).removed(node.id())),
          "who was removed at its own wish is not taken in again before it is joined",
          () -> leader.name + " takes in " + node.name);
    }
    if (accepted && change instanceof MembershipDuty.RemoveOld) {
      Configuration left = leader.core.configuration();
      long there =
          left.voters().stream()
              .map(this::node)
              .filter(node -> node.running && left.contains(node.id()))
              .filter(node -> node == leader || world.network.linked(leader.ordinal, node.ordinal))
              .count();
      Invariants.require(
          there >= left.quorum(),
          "an old store is removed only where the others are a quorum",
          () -> leader.name + " removes one of " + left);
    }
  }

  private SimulatedNode node(Server server) {
    return world.nodes[world.network.ordinal(server.id().node())];
  }

  // ---- losing and leaving ----------------------------------------------------------------------

  /**
   * Whether the data of this node may be lost for good without anybody's quorum: of no
   * configuration that some disk holds so many voters are lost that a majority is.
   */
  boolean mayLose(SimulatedNode node) {
    if (world.check.incarnations() > 50 || world.corruption.isUnderWay()) {
      return false;
    }
    for (SimulatedNode holder : world.nodes) {
      Configuration configuration = lastConfiguration(holder);
      if (configuration.contains(node.id())
          && (!quorumWithout(node, configuration) || isChanging(holder))) {
        return false;
      }
    }
    return true;
  }

  /** Lost learners count as voters: they may become some before their leader knows. */
  private boolean quorumWithout(SimulatedNode node, Configuration configuration) {
    int voters = 0;
    int lost = 0;
    for (Server server : configuration.servers()) {
      SimulatedNode now = world.nodes[world.network.ordinal(server.id().node())];
      boolean gone = now == node || now.retired || !now.id().equals(server.id());
      voters += server.voter() || gone ? 1 : 0;
      lost += gone ? 1 : 0;
    }
    return lost <= (voters - 1) / 2;
  }

  /**
   * A change that is not committed may count on the very server whose log is newer than that of its
   * author: with a third one lost for good neither can be elected, in any Raft.
   */
  private boolean isChanging(SimulatedNode holder) {
    Entry entry = lastConfigurationEntry(holder);
    return entry != null
        && holder.participant != null
        && holder.participant.cluster() != null
        && !world.check.ledgerOf(holder).isCommitted(entry);
  }

  private static Configuration lastConfiguration(SimulatedNode node) {
    Entry entry = lastConfigurationEntry(node);
    return entry == null
        ? node.disk.written.base().configuration()
        : ConfigurationCodec.decode(entry.data());
  }

  /** Null when there is none behind the log's base. */
  private static Entry lastConfigurationEntry(SimulatedNode node) {
    List<Entry> log = node.disk.written.entries();
    for (int i = log.size() - 1; i >= 0; i--) {
      if (log.get(i).kind() == Entry.Kind.CONFIGURATION) {
        return log.get(i);
      }
    }
    return null;
  }

  /** As the guides say: a server that comes back empty to a cluster comes without the flags. */
  void forgetExpect(SimulatedNode node) {
    for (SimulatedNode other : world.nodes) {
      if (other.cluster() != null) {
        node.expect = 0;
      }
    }
  }

  /** Whoever leads, or believes to, is asked for changes of the membership in quick succession. */
  void change() {
    for (SimulatedNode node : world.nodes) {
      if (node.leads()) {
        node.input(() -> change(node));
      }
    }
  }

  /** A leader is cut off and asked for a change that only it will know of. */
  void changeInVain() {
    for (SimulatedNode node : world.nodes) {
      if (node.leads()) {
        world.network.split(node.ordinal, node.ordinal);
        world.after(world.between(0, 30) * World.MILLI, () -> node.input(() -> change(node)));
        return;
      }
    }
  }

  /**
   * The driver of a new leader does not wait with its duties; the core decides. And the moment in
   * which somebody starts to lead is a good one to cut most of the others off.
   */
  void leads(SimulatedNode leader) {
    if (world.calm || world.scenario.kind() != Scenario.Kind.CHANGES) {
      return;
    }
    if (world.random.nextInt(4) > 0) {
      world.after(0, () -> leader.input(() -> change(leader)));
    }
    if (world.random.nextInt(3) == 0 || world.scenario.changesAtElections()) {
      int others = world.nodes.length - 1;
      int companion = (leader.ordinal + 1 + world.random.nextInt(others)) % (others + 1);
      world.network.heal();
      world.network.split(leader.ordinal, companion);
      world.after(world.between(1_000, 3_000) * World.MILLI, world.network::heal);
    }
  }

  private void change(SimulatedNode leader) {
    for (int i = world.random.nextInt(3); i >= 0 && leader.leads(); i--) {
      SimulatedNode node = world.nodes[world.random.nextInt(world.nodes.length)];
      Configuration configuration = leader.core.configuration();
      if (!configuration.contains(node.id())) {
        if (node.running && !node.retired && leader.state.takesIn(node.level)) {
          if (leader.core.addLearner(node.server(), leader.clock()) instanceof Proposal.Accepted) {
            world.rollout.takenIn(node, leader);
          }
        }
      } else if (!configuration.isVoter(node.id())) {
        leader.core.promote(node.id(), leader.clock());
      } else if (configuration.voters().size() > 1
          && node != leader
          && quorumRemains(node, configuration)) {
        leader.core.remove(node.id(), leader.clock());
      }
    }
  }

  /** Whether what is left when this one is removed can still decide. */
  private boolean quorumRemains(SimulatedNode node, Configuration configuration) {
    int voters = 0;
    int lost = 0;
    for (Server server : configuration.servers()) {
      SimulatedNode now = world.nodes[world.network.ordinal(server.id().node())];
      boolean gone = now.retired || !now.id().equals(server.id());
      if (now != node || gone) {
        voters += server.voter() || gone ? 1 : 0;
        lost += gone ? 1 : 0;
      }
    }
    return voters > 0 && lost <= (voters - 1) / 2;
  }

  /** A polite leave: the leader removes it, then it stops; sometimes it comes back later, empty. */
  void leave(SimulatedNode node) {
    if (!node.running || node.cluster() == null || !mayLose(node)) {
      return;
    }
    ServerId id = node.id();
    for (SimulatedNode leader : world.nodes) {
      if (leader.leads()
          && node.cluster().equals(leader.cluster())
          && leader.core.configuration().contains(id)
          && !world.check.ledgerOf(leader).removed(id)) {
        announce(node);
        world.trace(node.name, "asks " + leader.name + " to leave");
        leader.input(
            () -> {
              // Within an election timeout of its loss the core cannot know that a third is lost.
              if (quorumRemains(node, leader.core.configuration())) {
                leader.core.remove(id, leader.clock());
              }
            });
        awaitRemoval(node, id, node.life(), world.now + 2 * World.SECOND);
        return;
      }
    }
  }

  private void awaitRemoval(SimulatedNode node, ServerId id, int life, long limit) {
    world.after(
        100 * World.MILLI,
        () -> {
          if (node.life() != life || world.now > limit || world.calm) {
            leaving.remove(node.ordinal);
          } else if (world.check.ledgerOf(node).removed(id) && mayLose(node)) {
            if (world.random.nextBoolean()) {
              gone(node, true);
            } else {
              node.leave(
                  world.check.ledgerOf(node).configurationIndex(),
                  () -> world.after(0, () -> gone(node, false)));
            }
          } else {
            awaitRemoval(node, id, life, limit);
          }
        });
  }

  /** Whoever was leaving and crashed before it could say so starts as any other server does. */
  void starting(SimulatedNode node) {
    leaving.remove(node.ordinal);
    world.deaths.starting(node);
  }

  /** It has left and stops; its disk is emptied, or keeps that it has left. */
  private void gone(SimulatedNode node, boolean emptied) {
    leaving.remove(node.ordinal);
    if (!node.running) {
      return; // it crashed before it could stop
    }
    node.crash();
    node.retired = true;
    node.expect = 0;
    if (emptied) {
      node.wipe();
    }
    if (world.random.nextInt(3) > 0) {
      world.after(world.between(100, 3_000) * World.MILLI, () -> comeBack(node));
    }
  }

  /** It is started again. Who has left stays alone until it joins somebody or is joined. */
  private void comeBack(SimulatedNode node) {
    node.retired = false;
    node.start();
    if (node.leftAt < 0) {
      return;
    }
    leaving.put(node.ordinal, new long[world.nodes.length]); // nobody sees it before
    world.after(
        world.between(0, 4_000) * World.MILLI,
        () -> {
          leaving.remove(node.ordinal);
          if (world.random.nextBoolean()) {
            node.joined();
          }
        });
  }

  // ---- after the storm -------------------------------------------------------------------------

  void calmDown() {
    world.calm = true;
    world.trace("op", "the storm is over");
    world.network.heal();
    for (SimulatedNode node : world.nodes) {
      node.log.store().slow(1);
      node.log.stall(0);
      node.clock(0, 1);
      node.resume();
      world.after(world.random.nextLong(300 * World.MILLI), node::start);
    }
    world.rollout.finish();
    agree();
    actAt = world.now + ACT_EVERY;
  }

  /** While there is no cluster at all, the servers' values are corrected. */
  private void agree() {
    int empty = 0;
    for (SimulatedNode node : world.nodes) {
      if (node.cluster() != null || node.disk.log.lastIndex() > 0) {
        return;
      }
      empty += node.retired ? 0 : 1;
    }
    int value = Math.min(3, empty);
    for (SimulatedNode node : world.nodes) {
      if (node.expect >= 0 && node.expect != value) {
        node.expect = value;
        if (node.running) {
          node.crash();
          world.after(World.MILLI, node::start);
        }
      }
    }
  }

  /** Every server is in one cluster, a write went through, and everybody has applied it. */
  boolean recovered() {
    if (world.now < lookAt) {
      return false;
    }
    lookAt = world.now + LOOK_EVERY;
    if (world.now >= actAt) {
      actAt = world.now + ACT_EVERY;
      act();
    }
    SimulatedNode leader = settledLeader();
    if (leader == null) {
      probe = null;
      return false;
    }
    if (probe == null || probe.failed || world.now - probeAt > world.scenario.patience()) {
      probe = world.clients.single(world.random.nextInt(SimulatedWrites.REGISTERS), true, leader);
      probed = leader;
      probeAt = world.now;
      return false;
    }
    if (probe.responded == Operation.NEVER || probed != leader) {
      return false;
    }
    for (SimulatedNode node : world.nodes) {
      if (!node.retired && node.state.appliedIndex() < leader.seenCommit - 20) {
        return false;
      }
      if (!node.retired && node.state.version().level() < world.rollout.goal()) {
        return false;
      }
      if (!node.retired && !world.check.isRight(node)) {
        return false;
      }
    }
    return true;
  }

  private SimulatedNode settledLeader() {
    SimulatedNode leader = null;
    for (SimulatedNode node : world.nodes) {
      if (node.leads() && node.core.established()) {
        leader = leader == null || node.core.term() > leader.core.term() ? node : leader;
      }
    }
    if (leader == null || world.deaths.isIn(leader.core.configuration())) {
      return null;
    }
    for (SimulatedNode node : world.nodes) {
      boolean in = node.running && leader.cluster().equals(node.cluster());
      if (!node.retired && !(in && leader.core.configuration().isVoter(node.id()))) {
        return null;
      }
    }
    return leader;
  }

  /** Follows the texts: another cluster's servers and those that are stuck are emptied. */
  private void act() {
    world.deaths.act();
    UUID main = mainCluster();
    for (SimulatedNode node : world.nodes) {
      if (node.retired || !node.running) {
        continue;
      }
      if (node.cluster() == null) {
        if (node.participant.waitingFor().contains("raft/ folder")) {
          restartEmpty(node);
        }
      } else if (!node.cluster().equals(main)) {
        Invariants.require(
            node.expect < 0
                || world.scenario.roomForTwo()
                || world.check.ledgerOf(node).committed() == 0,
            "no cluster with data loses its quorum",
            () -> node.name + " in " + node.cluster());
        restartEmpty(node);
      }
    }
    agree();
  }

  /** A server that has lost what it acknowledged is emptied, as the leader's log asks. */
  void told(List<RaftEvent> events) {
    for (RaftEvent event : events) {
      if (event instanceof RaftEvent.AcknowledgedLost lost && world.calm) {
        SimulatedNode node = world.nodes[world.network.ordinal(lost.peer().id().node())];
        if (node.id().equals(lost.peer().id()) && mayLose(node)) {
          world.after(World.MILLI, () -> restartEmpty(node));
        }
      }
    }
  }

  private void restartEmpty(SimulatedNode node) {
    world.trace("op", "empties " + node.name + ": " + node.participant.waitingFor());
    if (node.expect < 0) {
      node.expect = 0;
    }
    node.wipe();
    world.after(World.MILLI, node::start);
  }

  /** Of the clusters that can have a quorum, the one with the most servers. */
  private UUID mainCluster() {
    UUID main = null;
    int most = 0;
    for (SimulatedNode node : world.nodes) {
      Configuration configuration = lastConfiguration(node);
      long alive =
          configuration.voters().stream()
              .filter(
                  s -> {
                    SimulatedNode n = world.nodes[world.network.ordinal(s.id().node())];
                    return n.running && n.id().equals(s.id());
                  })
              .count();
      if (node.cluster() != null && alive >= configuration.quorum() && alive > most) {
        main = node.cluster();
        most = (int) alive;
      }
    }
    return main;
  }

  String diagnosis() {
    StringBuilder text = new StringBuilder("not recovered:");
    for (SimulatedNode node : world.nodes) {
      text.append("\n  ").append(node.name);
      if (!node.running) {
        text.append(node.retired ? " has left" : " is down");
        continue;
      }
      text.append(' ').append(node.core.role());
      text.append(" term ").append(node.core.term());
      text.append(" commit ").append(node.core.commitIndex());
      text.append(" of ").append(node.core.lastIndex());
      text.append(" applied ").append(node.state.appliedIndex());
      text.append(" level ").append(node.state.version().level());
      text.append(" of ").append(node.level);
      text.append(node.wrong ? " wrong" : "");
      text.append(" diverged at ").append(node.state.divergedAt());
      text.append(" cluster ").append(node.cluster());
      text.append(" leader ").append(node.core.leader());
      text.append(node.storeFailed ? " store failed" : "");
      text.append(" voters ");
      node.core
          .configuration()
          .servers()
          .forEach(
              s -> text.append(world.check.name(s.id())).append(s.voter() ? " " : "(learner) "));
      text.append(node.participant.waitingFor());
    }
    return text.toString();
  }
}
