package org.comitia.cluster;

import org.comitia.state.QueryResult;

/** What became of a {@link Read}. Reads are safe to repeat. */
public sealed interface ReadOutcome {
  /**
   * @param lastContactMillis since this server last heard from the leader; 0 on the leader
   */
  record Answer(QueryResult result, boolean knownLeader, long lastContactMillis)
      implements ReadOutcome {}

  /**
   * @param message Consul's text, e.g. {@code No cluster leader} or {@code No known Consul servers}
   */
  record Failed(Failure failure, String message) implements ReadOutcome {}
}
