package org.comitia.raft;

/**
 * A stretch of the log with one term: from {@code firstIndex} to the next run's or the log's end. A
 * log's terms as a list of runs stay small however long the log is.
 */
public record TermRun(long firstIndex, long term) {}
