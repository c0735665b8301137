package org.comitia.raft;

import java.util.List;

/**
 * What the core wants done after a batch of inputs. Lists are never null. All messages may leave at
 * once: the core itself holds back what waits for a sync until the driver reports it.
 *
 * @param persists to write, in order
 * @param messages to send now
 * @param committed to apply, contiguous, each exactly once in the life of this core
 * @param reads answered ReadIndex requests
 * @param logReads entries that the core lacks in memory
 * @param events for people and duties
 */
public record Ready(
    List<Persist> persists,
    List<Outbound> messages,
    List<Entry> committed,
    List<ReadResult> reads,
    List<LogRead> logReads,
    List<RaftEvent> events) {
  public boolean isEmpty() {
    return persists.isEmpty()
        && messages.isEmpty()
        && committed.isEmpty()
        && reads.isEmpty()
        && logReads.isEmpty()
        && events.isEmpty();
  }
}
