package org.comitia.raft;

/**
 * What must be synced before any message of its term leaves (paper figure 2).
 *
 * @param term the current term, 0 before the first
 * @param vote whom this server voted for in {@code term}; null for nobody
 */
public record HardState(long term, ServerId vote) {
  public static final HardState INITIAL = new HardState(0, null);
}
