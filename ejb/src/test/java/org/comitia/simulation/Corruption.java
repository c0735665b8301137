package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.comitia.raft.Entry;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Session;
import org.comitia.wire.Commands;

/**
 * In one run of three a server now and then applies a command otherwise than it stands in the log,
 * in a field that no client looks at, so that its state is another one from there on: one server at
 * a time, beside at least two voters that are right. Its randomness is its own.
 */
final class Corruption {
  private final World world;
  private final SplittableRandom random;
  private final boolean on;
  private boolean stopped;
  private SimulatedNode struck;

  /** These stay longer than what a register holds. */
  private boolean onlySessions;

  Corruption(World world) {
    this.world = world;
    this.random = new SplittableRandom(world.seed ^ 0xd16e57);
    this.on = random.nextInt(3) == 0;
  }

  void start() {
    if (on) {
      schedule();
    }
  }

  void stop() {
    stopped = true;
    for (SimulatedNode node : world.nodes) {
      node.misappliesNext = false;
    }
  }

  private void schedule() {
    world.after(
        (500 + random.nextInt(4_000)) * World.MILLI,
        () -> {
          if (!stopped) {
            strike(any());
            schedule();
          }
        });
  }

  private SimulatedNode any() {
    if (random.nextBoolean()) {
      for (SimulatedNode node : world.nodes) {
        if (node.leads()) {
          return node;
        }
      }
    }
    return world.nodes[random.nextInt(world.nodes.length)];
  }

  private void strike(SimulatedNode node) {
    if (isUnderWay() || node.cluster() == null || node.frozen()) {
      return;
    }
    boolean watched = node.state.version().level() >= FeatureLevel.DIGESTS;
    if (watched
        && node.core.configuration().isVoter(node.id())
        && node.core.configuration().voters().size() > 2) {
      struck = node;
      onlySessions = random.nextInt(4) > 0;
      node.misappliesNext = true;
    }
  }

  /** Whether some server's state may be another one than it should. */
  boolean isUnderWay() {
    return struck != null && (struck.misappliesNext || struck.wrong);
  }

  /** What this server applies: the first of them that can be misread is, if it is to be. */
  List<Entry> misread(SimulatedNode node, List<Entry> entries) {
    if (!node.misappliesNext) {
      return entries;
    }
    List<Entry> read = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Command other = node.misappliesNext ? misread(entry) : null;
      if (other == null) {
        read.add(entry);
        continue;
      }
      node.misappliesNext = false;
      node.wrong = true;
      node.wrongSince = world.now;
      world.trace(node.name, "misreads " + entry);
      read.add(new Entry(entry.index(), entry.term(), entry.kind(), Commands.encode(other)));
    }
    return read;
  }

  /**
   * @return null when it cannot be misread
   */
  private Command misread(Entry entry) {
    if (entry.kind() != Entry.Kind.COMMAND) {
      return null;
    }
    Command command;
    try {
      command = Commands.decode(entry.data());
    } catch (Exception e) {
      throw new AssertionError("what is written can be read", e);
    }
    if (command instanceof Command.KvPut put && !onlySessions && put.casIndex() == null) {
      return new Command.KvPut(put.key(), put.value(), put.flags() ^ 1, null);
    } else if (command instanceof Command.SessionCreate create) {
      Session s = create.session();
      return new Command.SessionCreate(
          new Session(
              s.id(),
              s.name() + "?",
              s.node(),
              s.lockDelayNanos(),
              s.behavior(),
              s.ttl(),
              s.nodeChecks(),
              s.serviceChecks(),
              s.createIndex(),
              s.modifyIndex()));
    }
    return null;
  }
}
