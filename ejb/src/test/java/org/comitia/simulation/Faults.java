package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.Entry;

/** The weather: what breaks, when, and for how long. */
final class Faults {
  private final World world;
  private boolean stopped;

  Faults(World world) {
    this.world = world;
  }

  void start() {
    schedule();
    if (world.scenario.changesAlways()) {
      scheduleChange();
    }
  }

  private void scheduleChange() {
    world.after(
        world.between(50, 400) * World.MILLI,
        () -> {
          if (!stopped) {
            world.operator.change();
            scheduleChange();
          }
        });
  }

  void stop() {
    stopped = true;
    for (SimulatedNode node : world.nodes) {
      node.log.goOn();
    }
  }

  private void schedule() {
    long mean = world.scenario.faultNanos();
    world.after(
        world.between(mean / 4, mean * 7 / 4),
        () -> {
          if (!stopped) {
            strike();
            schedule();
          }
        });
  }

  private void strike() {
    SimulatedNode node = any();
    if (world.scenario.changesAtElections() && world.random.nextInt(3) == 0) {
      world.operator.changeInVain();
      world.after(world.between(1_500, 4_000) * World.MILLI, world.network::heal);
      return;
    }
    int dice = world.random.nextInt(100);
    if (dice < 14) {
      crash(node);
    } else if (dice < 16) {
      crashAll();
    } else if (dice < 27) {
      node.pause(world.between(20, world.random.nextInt(4) == 0 ? 3_000 : 900) * World.MILLI);
    } else if (dice < 38) {
      partition();
    } else if (dice < 42) {
      world.network.cut(node.ordinal, any().ordinal);
      healLater();
    } else if (dice < 51) {
      hearsThePast();
    } else if (dice < 55) {
      node.log.store().slow((int) world.between(10, 100));
      world.after(world.between(100, 3_000) * World.MILLI, () -> node.log.store().slow(1));
    } else if (dice < 59) {
      boolean longer = world.random.nextInt(5) == 0;
      node.log.stall(world.between(longer ? 5_000 : 100, longer ? 60_000 : 3_000) * World.MILLI);
    } else if (dice < 60) {
      node.log.store().failNext();
    } else if (dice < 61) {
      node.log.store().fill(world.between(200, 5_000) * World.MILLI);
    } else if (dice < 62) {
      node.log.store().failNextRead();
    } else if (dice < 63) {
      node.log.rots();
    } else if (dice < 65) {
      clock(node);
    } else if (dice < 66) {
      node.threadDies(world.random.nextBoolean());
    } else if (dice < 78) {
      transfer();
    } else {
      strikeMembers(node, dice);
    }
  }

  private void strikeMembers(SimulatedNode node, int dice) {
    if (dice < 86) {
      if (world.operator.mayLose(node)) {
        node.wipe();
        world.operator.forgetExpect(node);
        startLater(node);
      }
    } else if (dice < 94) {
      if (world.scenario.churn() && world.random.nextBoolean()) {
        world.operator.leave(node);
      } else if (world.scenario.churn()) {
        world.operator.change();
      }
    } else if (dice < 95) {
      rumour();
    } else if (world.scenario.hasConnections() && dice < 98) {
      world.network.breaks(node.ordinal, any().ordinal);
    } else {
      world.network.reroute(node.ordinal, any().ordinal);
      healLater();
    }
  }

  /**
   * A leader whom nobody hears any more still gets answers to what it once said. Back again, it has
   * a slow disk for what replaces the end of its log.
   */
  private void hearsThePast() {
    for (SimulatedNode node : world.nodes) {
      if (node.leads()) {
        world.network.lag(node.ordinal, world.between(800, 2_000) * World.MILLI);
        world.after(world.between(300, 800) * World.MILLI, () -> world.network.mute(node.ordinal));
        for (int i = 0; i < 40; i++) {
          world.after(world.between(300, 3_500) * World.MILLI, () -> believesIn(node));
        }
        world.after(
            1_500 * World.MILLI, () -> node.log.stall(world.between(100, 4_000) * World.MILLI));
      }
    }
    world.after(world.between(1_500, 3_500) * World.MILLI, world.network::heal);
  }

  /** A client still reads at a deposed leader what others write at the new one. */
  private void believesIn(SimulatedNode deposed) {
    for (SimulatedNode node : world.nodes) {
      if (node.leads() && !stopped) {
        world.clients.single(0, node != deposed, node);
      }
    }
  }

  private SimulatedNode any() {
    return world.nodes[world.random.nextInt(world.nodes.length)];
  }

  private void crash(SimulatedNode node) {
    if (!node.running) {
      return;
    }
    if (world.random.nextInt(3) == 0) {
      node.stop(() -> startLater(node));
    } else {
      node.crash();
      startLater(node);
    }
    if (world.random.nextBoolean()) {
      brokenSockets(node);
    }
  }

  private void crashAll() {
    for (SimulatedNode node : world.nodes) {
      if (node.running) {
        node.crash();
        startLater(node);
      }
    }
  }

  private void startLater(SimulatedNode node) {
    world.after(world.between(20, 2_500) * World.MILLI, node::start);
  }

  /** The others' sockets to it break; a hint, true or not. */
  private void brokenSockets(SimulatedNode node) {
    for (SimulatedNode other : world.nodes) {
      if (other != node) {
        other.inputAfter(
            world.between(1, 20) * World.MILLI,
            () -> other.participant.broken(node.address, other.clock()));
      }
    }
  }

  /**
   * In the calm a server's log is replaced by a copy that is a little older. Only what all others
   * have on their disks is lost, so that no promise to clients is broken by it.
   *
   * @return whether there was a server for it
   */
  boolean oldCopy() {
    for (SimulatedNode node : world.nodes) {
      long last = node.disk.log.lastIndex();
      long kept = Math.max(last - 5, node.disk.tables.point().appliedIndex());
      kept = Math.max(kept, node.disk.log.base().index());
      while (kept < last && changesAfter(kept, node.disk)) {
        kept++;
      }
      if (node.running && !node.leads() && kept < last && world.operator.mayLose(node)) {
        for (SimulatedNode other : world.nodes) {
          if (!other.disk.log.agrees(node.disk.log, last)) {
            return false;
          }
        }
        node.crash();
        node.disk.forget(kept);
        world.trace(node.name, "gets an old copy of its log, up to " + kept);
        world.after(World.MILLI, node::start);
        return true;
      }
    }
    return false;
  }

  /** Whether more than entries would be forgotten: a configuration, synced or not yet. */
  private static boolean changesAfter(long kept, SimulatedDisk disk) {
    return disk.written.lastIndex() < disk.log.lastIndex()
        || disk.written.from(kept + 1).stream().anyMatch(e -> e.kind() == Entry.Kind.CONFIGURATION);
  }

  private void rumour() {
    brokenSockets(any());
  }

  private void partition() {
    List<Integer> side = new ArrayList<>();
    for (SimulatedNode node : world.nodes) {
      if (world.random.nextBoolean()) {
        side.add(node.ordinal);
      }
    }
    boolean oneWay = world.random.nextInt(3) == 0;
    for (SimulatedNode node : world.nodes) {
      for (int in : side) {
        if (!side.contains(node.ordinal)) {
          world.network.cut(node.ordinal, in);
          if (!oneWay) {
            world.network.cut(in, node.ordinal);
          }
        }
      }
    }
    world.trace("net", "partition: " + side + " from the rest" + (oneWay ? ", one way" : ""));
    healLater();
  }

  private void healLater() {
    world.after(world.between(50, 3_000) * World.MILLI, world.network::heal);
  }

  private void clock(SimulatedNode node) {
    if (world.random.nextBoolean()) {
      node.clock(world.between(10, 4_000) * World.MILLI, 1);
    } else {
      node.clock(0, 0.7 + world.random.nextInt(7) / 10.0);
    }
  }

  private void transfer() {
    for (SimulatedNode node : world.nodes) {
      if (node.leads()) {
        SimulatedNode target = any();
        node.input(
            () -> node.core.transferLeadership(target == node ? null : target.id(), node.clock()));
      }
    }
  }
}
