package org.comitia.raft.participant;

import java.util.List;
import java.util.Map;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.ReadResult;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/**
 * What a {@link Participant} wants done after a batch of inputs; nothing is null but {@code
 * attempt}. Persists and records go into one transaction. All frames may leave at once: what must
 * be synced before them is synced.
 *
 * @param persists to write, in order
 * @param records named records to set with them; an empty array deletes the record
 * @param recordSequence to report as {@link Participant#recordSynced} when the records are synced;
 *     0 when there are none
 * @param messages Raft frames to send
 * @param bootstrapMessages bootstrap frames to send
 * @param committed to apply, contiguous, each exactly once in the life of this participant
 * @param reads answered ReadIndex requests
 * @param logReads entries that the core lacks in memory
 * @param events for people and duties
 * @param attempt the founding set that this server has just promised; null when none
 * @param founded whether the bootstrap went a step: cluster, promise or record changed
 * @param reopen whether the failed store is to be reopened and verified now
 */
public record Work(
    List<Persist> persists,
    Map<String, byte[]> records,
    long recordSequence,
    List<Letter<Envelope>> messages,
    List<Letter<BootstrapEnvelope>> bootstrapMessages,
    List<Entry> committed,
    List<ReadResult> reads,
    List<LogRead> logReads,
    List<RaftEvent> events,
    Configuration attempt,
    boolean founded,
    boolean reopen) {
  public boolean isEmpty() {
    return persists.isEmpty()
        && records.isEmpty()
        && messages.isEmpty()
        && bootstrapMessages.isEmpty()
        && committed.isEmpty()
        && reads.isEmpty()
        && logReads.isEmpty()
        && events.isEmpty()
        && !founded
        && !reopen;
  }
}
