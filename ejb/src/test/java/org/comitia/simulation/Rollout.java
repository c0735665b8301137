package org.comitia.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.comitia.raft.Entry;
import org.comitia.raft.Server;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.wire.Commands;

/**
 * A rolling upgrade: in one run of four the servers, which all begin with a build that knows no
 * feature level, get one that does, one after another, while the weather goes on. Sometimes the
 * person who does it goes back before the last one has it, and begins again later, in the same
 * order: so whoever is the last knows nothing until all others are upgraded for good.
 *
 * <p>In the other runs all know all levels from the beginning on. Its randomness is its own.
 */
final class Rollout {
  private final World world;
  private final SplittableRandom random;
  private final boolean on;
  private final List<SimulatedNode> order;
  private int upgraded;
  private boolean wentBack;

  Rollout(World world) {
    this.world = world;
    this.random = new SplittableRandom(world.seed ^ 0x1e7e1);
    this.on = random.nextInt(4) == 0;
    this.order = new ArrayList<>(List.of(world.nodes));
    if (!on) {
      order.forEach(node -> node.beginsWith(FeatureLevel.KNOWN));
    }
    for (int i = order.size(); i > 1; i--) {
      Collections.swap(order, i - 1, random.nextInt(i));
    }
  }

  void start() {
    if (on) {
      after(500, 6_000, this::next);
    }
  }

  private void after(int leastMillis, int mostMillis, Runnable action) {
    long millis = leastMillis + random.nextInt(mostMillis - leastMillis);
    world.after(millis * World.MILLI, action);
  }

  private void next() {
    if (world.calm || upgraded == order.size()) {
      return;
    }
    if (upgraded > 0 && !wentBack && random.nextInt(4) == 0) {
      wentBack = true;
      order.subList(0, upgraded).forEach(node -> install(node, 0));
      upgraded = 0;
    } else {
      install(order.get(upgraded++), FeatureLevel.KNOWN);
    }
    after(200, 2_000, this::next);
  }

  /** Who is down, or not there yet, starts with it whenever it is started. */
  private void install(SimulatedNode node, int level) {
    if (level < node.level && holdsALevel(node)) {
      return; // too late to go back, as the page on upgrades says
    }
    node.installed = level;
    if (!node.running || node.level == level) {
      return;
    }
    world.trace(node.name, "gets the build that knows feature level " + level);
    if (random.nextBoolean()) {
      node.stop(() -> world.after(World.MILLI, node::start));
    } else {
      node.crash();
      after(20, 1_000, node::start);
    }
  }

  private static boolean holdsALevel(SimulatedNode node) {
    return node.disk.tables.state().level() > 0 || loggedLevel(node) > 0;
  }

  /** The highest level that an entry of its log raises to; 0 for none. */
  private static int loggedLevel(SimulatedNode node) {
    return node.disk.written.entries().stream().mapToInt(Rollout::raisesTo).max().orElse(0);
  }

  private static int raisesTo(Entry entry) {
    try {
      return entry.kind() == Entry.Kind.COMMAND
              && Commands.decode(entry.data()) instanceof Command.RaiseLevel raise
          ? raise.level()
          : 0;
    } catch (Exception e) {
      throw new AssertionError("what is written can be read", e);
    }
  }

  /** The storm is over: whoever is left is upgraded, one after another. */
  void finish() {
    if (!on) {
      return;
    }
    long when = 0;
    for (SimulatedNode node : order) {
      when += 300 * World.MILLI;
      world.after(when, () -> install(node, FeatureLevel.KNOWN));
    }
  }

  /** The feature level that must be in force in the end. */
  int goal() {
    return FeatureLevel.KNOWN;
  }

  // ---- what must hold

  /** A leader has just proposed this level. */
  void proposed(int level, SimulatedNode leader) {
    world.trace(leader.name, "raises the feature level to " + level);
    for (Server server : leader.core.configuration().servers()) {
      SimulatedNode node = world.nodes[world.network.ordinal(server.id().node())];
      Invariants.require(
          node.believedLevel() >= level,
          "a feature level is proposed when all servers know it",
          () -> leader.name + " proposes " + level + ", " + node.name + " knows " + node.level);
    }
  }

  /** A leader has just proposed to take this server in. */
  void takenIn(SimulatedNode node, SimulatedNode leader) {
    int level = on ? loggedLevel(leader) : 0;
    Invariants.require(
        node.level >= level,
        "nobody is taken in who does not know the feature level",
        () -> leader.name + " takes in " + node.name + ", which knows " + node.level);
  }
}
