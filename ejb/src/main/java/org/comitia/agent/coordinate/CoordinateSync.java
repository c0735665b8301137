package org.comitia.agent.coordinate;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;

/**
 * Tells the catalog where this agent is: every 15 s or, in a large cluster, so that all agents
 * together write 64 times a second at most; and only when it has moved. Used by one timer.
 */
public final class CoordinateSync implements Runnable {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final long MIN_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final int WRITES_A_SECOND = 64;

  private final String nodeName;
  private final Vivaldi vivaldi;
  private final Cluster cluster;
  private final IntSupplier members;
  private final AgentTokens tokens;
  private volatile NetworkPosition told;
  private long dueNanos;

  /**
   * @param members how many agents there are
   */
  public CoordinateSync(
      String nodeName, Vivaldi vivaldi, Cluster cluster, IntSupplier members, AgentTokens tokens) {
    this.nodeName = nodeName;
    this.vivaldi = vivaldi;
    this.cluster = cluster;
    this.members = members;
    this.tokens = tokens;
    this.dueNanos = System.nanoTime() + ThreadLocalRandom.current().nextLong(MIN_NANOS);
  }

  /** Called every second or so; returns at once. */
  @Override
  public void run() {
    long now = System.nanoTime();
    if (now - dueNanos < 0) {
      return;
    }
    long scaled = TimeUnit.SECONDS.toNanos(members.getAsInt()) / WRITES_A_SECOND;
    long pause = Math.max(MIN_NANOS, scaled);
    dueNanos = now + pause + ThreadLocalRandom.current().nextLong(pause);
    NetworkPosition position = vivaldi.position();
    if (position.equals(told)) {
      return;
    }
    Coordinate coordinate =
        new Coordinate(
            nodeName,
            "",
            position.vec(),
            position.error(),
            position.adjustment(),
            position.height());
    cluster
        .write(tokens.agent(), new Command.CoordinateUpdate(List.of(coordinate)))
        .thenAccept(
            outcome -> {
              if (outcome instanceof WriteOutcome.Applied) {
                told = position;
              } else {
                LOG.log(Level.FINE, "Coordinate update error: error=\"{0}\"", outcome);
              }
            });
  }
}
