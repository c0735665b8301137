package org.comitia.cli.snapshot;

import java.nio.file.Path;
import java.time.Duration;
import org.comitia.cli.client.QueryParameters;

/**
 * What {@code snapshot agent} is to do.
 *
 * @param interval between two snapshots; zero: one, and the end
 * @param retain how many files stay; 0: all
 * @param maxFailures after how many failures in a row the lock is given up; 0: never
 * @param lockKey of the lock that one of several agents holds
 * @param folder where the files go
 * @param datacenter null for the agent's own
 * @param stale whether any server may answer
 */
record SnapshotPlan(
    Duration interval,
    int retain,
    int maxFailures,
    String lockKey,
    Path folder,
    String datacenter,
    boolean stale) {

  /** The parameters of a read. */
  QueryParameters reading() {
    return new QueryParameters().add("dc", datacenter).flag("stale", stale);
  }

  /** What is wrong with it; null: nothing. */
  String problem() {
    if (interval.isNegative()) {
      return "interval must not be negative";
    } else if (retain < 0) {
      return "retain must not be negative. Use 0 to keep all snapshots";
    } else if (maxFailures < 0) {
      return "max-failures must not be negative. Use 0 to hold the lock whatever fails";
    } else if (lockKey.isEmpty()) {
      return "lock-key must not be empty";
    }
    return null;
  }
}
