package org.comitia.raft;

import java.util.List;

/**
 * What a server finds in its store when it starts.
 *
 * @param base what it begins behind
 * @param lastIndex the last entry's index, the base's when there is none
 * @param termRuns the terms of all entries after the base, in order
 * @param configurations all configuration entries after the base, in order
 * @param appliedIndex what the saved tables hold: entries up to here are committed and need not be
 *     applied again
 * @param tail the newest entries, contiguous up to {@code lastIndex}, as many as the reader kept;
 *     may be empty
 */
public record StoredLog(
    HardState hardState,
    LogBase base,
    long lastIndex,
    List<TermRun> termRuns,
    List<Entry> configurations,
    long appliedIndex,
    List<Entry> tail) {
  public static final StoredLog EMPTY =
      new StoredLog(HardState.INITIAL, LogBase.NONE, 0, List.of(), List.of(), 0, List.of());

  /** The term of an entry, the base's included; -1 outside. */
  public long termAt(long index) {
    if (index < base.index() || index > lastIndex) {
      return -1;
    }
    long term = base.term();
    for (TermRun run : termRuns) {
      if (run.firstIndex() > index) {
        break;
      }
      term = run.term();
    }
    return term;
  }
}
