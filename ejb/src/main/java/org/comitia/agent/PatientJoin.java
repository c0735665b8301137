package org.comitia.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cluster.Membership;
import org.comitia.cluster.Membership.JoinOutcome;

/**
 * Joins by a person's word. An address where nobody listens is tried again for some seconds before
 * it is given up: the agent there may have been started with this one, and not listen yet.
 */
final class PatientJoin {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final Membership membership;
  private final long patienceNanos;
  private final long pauseMillis;

  PatientJoin(Membership membership) {
    this(membership, PATIENCE, PAUSE);
  }

  PatientJoin(Membership membership, Duration patience, Duration pause) {
    this.membership = membership;
    this.patienceNanos = patience.toNanos();
    this.pauseMillis = pause.toMillis();
  }

  /** One outcome an address, in their order. Blocks at most 10 s longer than the patience. */
  List<JoinOutcome> join(List<String> addresses) throws InterruptedException {
    long until = System.nanoTime() + patienceNanos;
    List<JoinOutcome> outcomes = new ArrayList<>(membership.join(addresses));
    while (outcomes.stream().anyMatch(JoinOutcome::refused) && System.nanoTime() - until < 0) {
      Thread.sleep(pauseMillis);
      List<String> again =
          outcomes.stream().filter(JoinOutcome::refused).map(JoinOutcome::address).toList();
      List<JoinOutcome> next = new ArrayList<>(membership.join(again));
      outcomes.replaceAll(outcome -> outcome.refused() ? next.remove(0) : outcome);
    }
    return outcomes;
  }
}
