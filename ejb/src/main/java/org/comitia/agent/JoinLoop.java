package org.comitia.agent;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.logging.Logger;
import org.comitia.cluster.Membership;

/**
 * Joins by itself at start: {@code join} once, {@code retry-join} until another agent was reached.
 * Its own address in the list is no success: an agent that reached only itself would never learn of
 * anyone.
 */
public final class JoinLoop implements Runnable {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private final Membership membership;
  private final List<String> once;
  private final List<String> retried;
  private final Duration interval;
  private final int maxTries;
  private final Predicate<String> own;
  private final Predicate<String> exit;

  /**
   * @param interval the longest pause between two rounds; the first pauses are shorter
   * @param maxTries rounds of {@code retried}, 0 for ever
   * @param own whether an address is this agent's own
   * @param exit told why the process should end; false: it goes on without
   */
  public JoinLoop(
      Membership membership,
      List<String> once,
      List<String> retried,
      Duration interval,
      int maxTries,
      Predicate<String> own,
      Predicate<String> exit) {
    this.membership = membership;
    this.once = once;
    this.retried = retried;
    this.interval = interval;
    this.maxTries = maxTries;
    this.own = own;
    this.exit = exit;
  }

  @Override
  public void run() {
    try {
      if (!once.isEmpty()) {
        LOG.info("(LAN) joining: lan_addresses=" + once);
      }
      if (!once.isEmpty() && joined(new PatientJoin(membership).join(once)) == 0) {
        if (exits("COM2007: Failed to join any of " + once)) {
          return;
        }
      }
      retry();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the agent stops
    }
  }

  private void retry() throws InterruptedException {
    List<String> others = retried.stream().filter(own.negate()).toList();
    if (others.isEmpty()) {
      return;
    }
    LOG.info("Retry join is supported for the following addresses: addresses=" + retried);
    Duration pause = FIRST_PAUSE.compareTo(interval) < 0 ? FIRST_PAUSE : interval;
    for (int tries = 1; ; tries++) {
      LOG.info("Joining cluster...: cluster=LAN");
      LOG.info("(LAN) joining: lan_addresses=" + others);
      int reached = joined(membership.join(others));
      if (reached > 0) {
        LOG.info(
            "Join cluster completed. Synced with initial agents: cluster=LAN num_agents="
                + reached);
        return;
      }
      if (maxTries > 0 && tries >= maxTries) {
        exits("max join LAN retry exhausted");
        return;
      }
      LOG.warning(
          "Join cluster failed, will retry: cluster=LAN retry_interval=" + pause.toMillis() + "ms");
      Thread.sleep(pause.toMillis());
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(interval) < 0 ? doubled : interval;
    }
  }

  /** Asks for the process to end; in a server that others use as well it does not. */
  private boolean exits(String failure) {
    boolean exits = exit.test(failure + ", exiting");
    LOG.severe(exits ? failure + ", exiting" : failure);
    return exits;
  }

  private static int joined(List<Membership.JoinOutcome> outcomes) {
    int reached = 0;
    for (Membership.JoinOutcome outcome : outcomes) {
      if (outcome.succeeded()) {
        reached++;
      } else {
        LOG.warning(
            "(LAN) couldn't join: address="
                + outcome.address()
                + " error=\""
                + outcome.error()
                + "\"");
      }
    }
    if (reached > 0) {
      LOG.info("(LAN) joined: number_of_nodes=" + reached);
    }
    return reached;
  }
}
