package org.comitia.raft;

/**
 * The core needs entries that it no longer holds in memory. The driver reads them from the store
 * and hands them back.
 *
 * @param fromIndex the first wanted
 * @param maxBytes stop after the entry that passes this many bytes; at least one entry is read
 */
public record LogRead(long fromIndex, int maxBytes) {}
