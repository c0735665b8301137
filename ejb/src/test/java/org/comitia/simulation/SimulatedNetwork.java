package org.comitia.simulation;

import java.util.UUID;
import org.comitia.raft.Envelope;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/**
 * Loses, repeats, delays, reorders and misdelivers frames; links break one way or both. A frame
 * goes to the machine of its addressee's node id, whoever runs there now.
 */
final class SimulatedNetwork {
  private final World world;
  private final boolean[][] cut;

  SimulatedNetwork(World world) {
    this.world = world;
    int n = world.scenario.expects().length;
    this.cut = new boolean[n][n];
  }

  void send(SimulatedNode from, Envelope envelope) {
    route(from, envelope.to(), envelope);
  }

  void send(SimulatedNode from, BootstrapEnvelope envelope) {
    route(from, envelope.to(), envelope);
  }

  private void route(SimulatedNode from, ServerId to, Object frame) {
    int target = ordinal(to.node());
    if (target < 0) {
      return;
    }
    if (!world.calm) {
      if (world.random.nextInt(300) == 0) {
        // An address that somebody else has now.
        target = world.random.nextInt(world.nodes.length);
      }
      if (world.chance(world.scenario.dropPercent())) {
        return;
      }
      if (world.chance(world.scenario.duplicatePercent())) {
        deliver(from.ordinal, target, frame);
      }
    }
    deliver(from.ordinal, target, frame);
  }

  private void deliver(int from, int to, Object frame) {
    if (cut[from][to]) {
      return;
    }
    world.after(
        delay(),
        () -> {
          if (!cut[from][to]) {
            world.nodes[to].deliver(frame);
          }
        });
  }

  private long delay() {
    long usual = world.calm ? World.MILLI : world.scenario.maxDelayNanos();
    if (!world.calm && world.random.nextInt(200) == 0) {
      return world.random.nextLong(4 * World.SECOND);
    }
    return 100_000 + world.random.nextLong(usual);
  }

  int ordinal(UUID node) {
    for (SimulatedNode n : world.nodes) {
      if (n.nodeId.equals(node)) {
        return n.ordinal;
      }
    }
    return -1;
  }

  void cut(int from, int to) {
    cut[from][to] = true;
  }

  void heal() {
    for (boolean[] row : cut) {
      java.util.Arrays.fill(row, false);
    }
  }

  boolean linked(int a, int b) {
    return !cut[a][b] && !cut[b][a];
  }
}
