package org.comitia.consensus;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Logger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Forwarded;
import org.comitia.raft.Server;

/**
 * How a server goes: it hands leadership over, has the leader remove it, and records that. Safe for
 * any thread that may block.
 */
final class Departure {
  private static final Logger LOG = Logger.getLogger("consul");
  private static final Duration HANDOVER_LIMIT = Duration.ofSeconds(2);

  private final Server self;
  private final Engine engine;
  private final Removal removal;
  private final Duties duties;
  private final Condition condition;
  private final boolean proven;

  /**
   * @param proven whether the leader knows that a server asks; else it asks for a token
   */
  Departure(
      Server self,
      Engine engine,
      Removal removal,
      Duties duties,
      Condition condition,
      boolean proven) {
    this.proven = proven;
    this.self = self;
    this.engine = engine;
    this.removal = removal;
    this.duties = duties;
    this.condition = condition;
  }

  /**
   * Hands leadership over, if this server has it, and returns when another leads or the time (2 s)
   * is over. Blocks.
   *
   * @return whether this server is no leader now
   */
  boolean handOver() throws InterruptedException {
    if (!engine.status().isLeader()) {
      return true;
    }
    if (engine.status().configuration().voters().size() < 2) {
      return false;
    }
    long until = System.nanoTime() + HANDOVER_LIMIT.toNanos();
    try {
      engine
          .ask(core -> core.transferLeadership(null, System.nanoTime()))
          .get(HANDOVER_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning("COM3019: leadership could not be handed over: error=\"" + e.getMessage() + "\"");
      return false;
    }
    while (System.nanoTime() - until < 0) {
      Status status = engine.status();
      if (!status.isLeader() && status.hasLeader()) {
        return true;
      }
      Thread.sleep(5); // asks its own memory; the wait is bounded by HANDOVER_LIMIT
    }
    return !engine.status().isLeader();
  }

  /**
   * Hands leadership over, has the leader remove this server, records it. One that has not left is
   * a member as before. Blocks.
   *
   * @return as {@link Delegate#leave}
   */
  String leave(Caller own, Duration limit) throws InterruptedException {
    long until = System.nanoTime() + limit.toNanos();
    if (engine.status().cluster() == null) {
      return null; // never was in a cluster: nobody needs to remove it
    }
    LOG.info("server starting leave");
    awaitSecondVoter(until);
    if (!handOver() && engine.status().configuration().voters().size() < 2) {
      return "it is the last voter: without it there is no cluster and no data";
    }
    Forwarded.Leave wish =
        new Forwarded.Leave(0, own, self.id(), self.name(), self.id().node().toString());
    try {
      long nanos = Math.max(1, until - System.nanoTime());
      Forwarded.LeaveAnswer answer =
          removal.leave(wish, proven).toCompletableFuture().get(nanos, TimeUnit.NANOSECONDS);
      if (answer.removedAt() < 0) {
        return answer.reason();
      }
      LOG.info("removed from the configuration: index=" + answer.removedAt());
      return recordLeft(answer.removedAt());
    } catch (TimeoutException e) {
      return "no answer from a leader within " + limit.toSeconds() + " s";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause().getMessage());
    }
  }

  /**
   * @return null when it is on the disk, else why this server is not to be stopped for good yet
   */
  private String recordLeft(long removedAt) throws InterruptedException, ExecutionException {
    try {
      engine.recordLeft(removedAt).toCompletableFuture().get(2, TimeUnit.SECONDS);
      return null;
    } catch (TimeoutException e) {
      String store =
          condition.storeFailure().isEmpty() ? "its disk is slow" : condition.storeFailure();
      return "the cluster has removed this server (index "
          + removedAt
          + "), but its own log store does not record that: "
          + store
          + ". Others may take it in again; leave again once the store can be written";
    }
  }

  /** The only voter waits for a learner that is about to be promoted, if there is one. */
  private void awaitSecondVoter(long until) throws InterruptedException {
    while (System.nanoTime() - until < 0) {
      Status status = engine.status();
      boolean alone = status.configuration().voters().size() < 2;
      boolean learners = status.configuration().servers().size() > 1;
      if (!status.isLeader() || !alone || !learners) {
        return;
      }
      duties.lookSoon();
      Thread.sleep(20); // asks its own memory; bounded by the leave's limit
    }
  }
}
