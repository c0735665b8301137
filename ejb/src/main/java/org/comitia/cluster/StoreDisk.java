package org.comitia.cluster;

/**
 * How the file of a store stands.
 *
 * @param replaced what happened to it behind the store's back, in words: it was deleted, or another
 *     one lies in its place; empty when nothing did
 * @param usableBytes what can still be written to its disk; -1 when that is unknown
 */
public record StoreDisk(String replaced, long usableBytes) {
  /** Of a store whose disk is not this machine's business. */
  public static final StoreDisk UNKNOWN = new StoreDisk("", -1);
}
