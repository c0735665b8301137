package org.comitia.simulation;

import java.util.Arrays;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.comitia.cluster.Reply;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/**
 * Loses, repeats, delays, reorders and misdelivers frames; links break one way or both. A frame
 * goes to the machine of its addressee's node id, whoever runs there now.
 *
 * <p>In some scenarios frames travel on {@link Connection}s instead: in order, at a limited rate,
 * lost only when the connection breaks.
 */
final class SimulatedNetwork {
  /** A client agent, in the place of a server's ordinal: no link to it is ever cut. */
  static final int CLIENT = -1;

  private final World world;
  private final boolean[][] cut;
  private final int[] rerouted;
  private final long[] lag;
  private final Connection[][] connections;

  SimulatedNetwork(World world) {
    this.world = world;
    int n = world.scenario.expects().length;
    this.cut = new boolean[n][n];
    this.rerouted = new int[n];
    Arrays.fill(rerouted, -1);
    this.lag = new long[n];
    this.connections = new Connection[n][n];
    for (int from = 0; from < n; from++) {
      for (int to = 0; to < n; to++) {
        connections[from][to] = new Connection(world, from, to);
      }
    }
  }

  void send(SimulatedNode from, Envelope envelope) {
    world.check.sends(from, envelope);
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
      if (rerouted[target] >= 0 && world.random.nextInt(3) > 0) {
        target = rerouted[target];
      }
    }
    if (world.scenario.hasConnections()) {
      connections[from.ordinal][target].send(frame, delay(target));
      return;
    }
    if (!world.calm) {
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
        delay(frame, to),
        () -> {
          if (!cut[from][to]) {
            world.nodes[to].deliver(frame);
          }
        });
  }

  // ---- requests ----

  /**
   * A request of one agent to another: it arrives once or not at all, and so does its answer.
   *
   * @param from a server's ordinal, or {@link #CLIENT}
   * @param then at the asker, at most once: what it hears, and of which cluster the server was
   */
  void request(int from, String address, byte[] body, BiConsumer<Reply<byte[]>, UUID> then) {
    SimulatedNode to = at(address);
    world.after(
        delay(to.ordinal),
        () -> {
          if (!to.running || isLost(from, to.ordinal)) {
            notDelivered(then);
            return;
          }
          to.serve(body).thenAccept(reply -> answer(from, to, reply, then));
        });
  }

  private void answer(
      int from, SimulatedNode to, Reply<byte[]> reply, BiConsumer<Reply<byte[]>, UUID> then) {
    UUID cluster = to.participant.cluster();
    world.after(
        from == CLIENT ? delay(to.ordinal) : delay(from),
        () -> {
          if (!isLost(from, to.ordinal)) {
            then.accept(reply, cluster);
          } else if (world.random.nextBoolean()) {
            then.accept(new Reply.Unknown<>("the connection broke"), null);
          }
        });
  }

  /** What did not arrive may surely not have been sent, or nobody knows, or nothing is heard. */
  private void notDelivered(BiConsumer<Reply<byte[]>, UUID> then) {
    int dice = world.random.nextInt(8);
    if (dice > 0) {
      world.after(
          world.between(0, 20) * World.MILLI,
          () ->
              then.accept(
                  dice > 2 ? new Reply.NotSent<>("refused") : new Reply.Unknown<>("broken"), null));
    }
  }

  private boolean isLost(int from, int to) {
    return (from != CLIENT && !linked(from, to))
        || (!world.calm && world.chance(world.scenario.dropPercent()));
  }

  private SimulatedNode at(String address) {
    for (SimulatedNode node : world.nodes) {
      if (node.address.equals(address)) {
        return node;
      }
    }
    throw new IllegalStateException("nobody was ever at " + address);
  }

  private long delay(int to) {
    long usual = world.calm ? World.MILLI : world.scenario.maxDelayNanos();
    return 100_000 + world.random.nextLong(usual + lag[to]);
  }

  private long delay(Object frame, int to) {
    // Rare frames are late more often: late appends are many, a late vote needs luck.
    int late = frame instanceof Envelope e ? rarity(e.message()) : 15;
    if (!world.calm && world.random.nextInt(late) == 0) {
      return world.random.nextLong(4 * World.SECOND);
    }
    return delay(to);
  }

  private static int rarity(Message message) {
    if (message instanceof Message.AppendRequest || message instanceof Message.AppendResponse) {
      return 200;
    }
    return message instanceof Message.TimeoutNow ? 3 : 15;
  }

  /** What goes to this machine takes anything up to so much longer. */
  void lag(int to, long nanos) {
    lag[to] = nanos;
  }

  /** These two on one side, all others on the other. */
  void split(int one, int other) {
    for (int a = 0; a < cut.length; a++) {
      for (int b = 0; b < cut.length; b++) {
        if ((a == one || a == other) != (b == one || b == other)) {
          cut(a, b);
        }
      }
    }
  }

  /** Nobody hears this machine any more. */
  void mute(int from) {
    for (int to = 0; to < cut.length; to++) {
      cut(from, to);
    }
  }

  /** Most of what goes to the one machine arrives at the other, as when an address is reused. */
  void reroute(int one, int other) {
    rerouted[one] = other;
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
    connections[from][to].cut();
  }

  /** The connection between these two breaks; a new one is there at once. */
  void breaks(int one, int other) {
    connections[one][other].breaks();
    connections[other][one].breaks();
  }

  /** A process ends, and its connections with it: what is queued is not for its next life. */
  void breaksAll(int one) {
    for (int other = 0; other < connections.length; other++) {
      if (other != one) {
        breaks(one, other);
      }
    }
  }

  void heal() {
    for (boolean[] row : cut) {
      Arrays.fill(row, false);
    }
    for (Connection[] row : connections) {
      for (Connection connection : row) {
        connection.heal();
      }
    }
    Arrays.fill(rerouted, -1);
    Arrays.fill(lag, 0);
  }

  boolean linked(int a, int b) {
    return !cut[a][b] && !cut[b][a];
  }
}
