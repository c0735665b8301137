package org.comitia.simulation;

import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;

/**
 * What one machine sends another over a connection, as the transport does: two lanes, each in
 * order; entries take their time on the link, all else overtakes them. A full queue drops; a break
 * loses all that is under way, and the sender is told.
 */
final class Connection {
  /** As the transport's 32 MiB are to its 8 MiB of entries under way. */
  static final long QUEUE_BYTES = 32_000;

  private final World world;
  private final int from;
  private final int to;
  private boolean cut;
  private int breaks;
  private long linkBusyUntil;
  private long queuedBytes;
  private final long[] lastArrival = new long[2];

  Connection(World world, int from, int to) {
    this.world = world;
    this.from = from;
    this.to = to;
  }

  void send(Object frame, long delay) {
    long bytes = entryBytes(frame);
    int lane = bytes > 0 ? 1 : 0;
    if (cut || queuedBytes + bytes > QUEUE_BYTES) {
      return;
    }
    long arrival = world.now + delay;
    if (lane == 1) {
      long start = Math.max(world.now, linkBusyUntil);
      linkBusyUntil = start + bytes * World.SECOND / world.scenario.bandwidth();
      arrival = linkBusyUntil + delay;
    }
    lastArrival[lane] = Math.max(lastArrival[lane], arrival);
    queuedBytes += bytes;
    int before = breaks;
    world.after(
        lastArrival[lane] - world.now,
        () -> {
          if (before == breaks) {
            queuedBytes -= bytes;
            world.nodes[to].deliver(frame);
          }
        });
  }

  static long entryBytes(Object frame) {
    long bytes = 0;
    if (frame instanceof Envelope e && e.message() instanceof Message.AppendRequest request) {
      for (Entry entry : request.entries()) {
        bytes += entry.size();
      }
    }
    return bytes;
  }

  /** What is under way is lost; the sender hears of it soon. */
  void breaks() {
    breaks++;
    queuedBytes = 0;
    linkBusyUntil = world.now;
    lastArrival[0] = world.now;
    lastArrival[1] = world.now;
    if (world.scenario.hasConnections() && from != to) {
      SimulatedNode sender = world.nodes[from];
      sender.inputAfter(
          world.between(1, 20) * World.MILLI,
          () -> sender.participant.broken(world.nodes[to].address, sender.clock()));
    }
  }

  void cut() {
    if (!cut) {
      cut = true;
      breaks();
    }
  }

  void heal() {
    cut = false;
  }
}
