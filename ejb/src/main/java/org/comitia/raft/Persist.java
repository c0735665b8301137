package org.comitia.raft;

import java.util.List;

/**
 * What the driver must write, in the order of {@code sequence}, and report as synced. Several may
 * be written in one transaction; then the last one's sequence is reported.
 *
 * @param sequence counts up by one from 1
 * @param hardState the new term and vote, null when unchanged
 * @param truncateFrom delete all entries from this index on before appending; 0 for none
 * @param entries to append, contiguous; may be empty
 */
public record Persist(long sequence, HardState hardState, long truncateFrom, List<Entry> entries) {}
