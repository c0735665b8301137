package org.comitia.state;

import java.util.List;

/**
 * What may be written into the log: a request to change the state. Deterministic: carries all that
 * it needs.
 */
public sealed interface Command {
  /**
   * Registers a node, and with it a service and checks ({@code /v1/catalog/register}). Indexes in
   * the parts are ignored.
   *
   * @param service null for none
   */
  record Register(Node node, boolean skipNodeUpdate, Service service, List<Check> checks)
      implements Command {}

  /**
   * Removes a node with all that is on it, or one service with its checks, or one check. @param
   * serviceId null for none
   */
  record Deregister(String node, String serviceId, String checkId) implements Command {}

  /**
   * Sets a key. @param casIndex null: unconditionally; 0: only if absent; else only if its
   * ModifyIndex is this
   */
  record KvPut(String key, byte[] value, long flags, Long casIndex) implements Command {}

  /**
   * Deletes a key. @param casIndex null: unconditionally; else only if its ModifyIndex is this (0
   * deletes nothing)
   */
  record KvDelete(String key, Long casIndex) implements Command {}

  /** Deletes all keys with this prefix. */
  record KvDeleteTree(String prefix) implements Command {}

  /**
   * Forgets the tombstones up to an index; proposed by the leader (Consul: 15 minutes after the
   * deletes).
   */
  record ReapTombstones(long upToIndex) implements Command {}
}
