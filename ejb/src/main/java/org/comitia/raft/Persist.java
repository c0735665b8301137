package org.comitia.raft;

import java.util.List;

/**
 * What the driver must write, in the order of {@code sequence}, and report as synced. Several may
 * be written in one transaction; then the last one's sequence is reported.
 *
 * @param sequence counts up by one from 1
 * @param hardState the new term and vote, null when unchanged
 * @param truncateFrom first delete all entries from this index on; 0 for none
 * @param base then forget all entries up to its index, which is the log's end if that was before
 *     it; null for none
 * @param entries then append these, contiguous; may be empty
 */
public record Persist(
    long sequence, HardState hardState, long truncateFrom, LogBase base, List<Entry> entries) {
  /** One that leaves the log's begin where it is. */
  public Persist(long sequence, HardState hardState, long truncateFrom, List<Entry> entries) {
    this(sequence, hardState, truncateFrom, null, entries);
  }
}
