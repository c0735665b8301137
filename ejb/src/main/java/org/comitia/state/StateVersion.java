package org.comitia.state;

import org.pcollections.TreePMap;

/**
 * The whole replicated state at one index: immutable, shared freely between threads.
 *
 * @param appliedIndex the last applied entry's index
 * @param nodes by name
 * @param kv by key
 * @param tombstones deleted keys with the index that deleted them, until they are reaped
 * @param indexes the index at which each table, or floor, last changed; by name
 */
public record StateVersion(
    long appliedIndex,
    TreePMap<String, Node> nodes,
    TreePMap<ServiceKey, Service> services,
    TreePMap<CheckKey, Check> checks,
    TreePMap<String, KvEntry> kv,
    TreePMap<String, Long> tombstones,
    TreePMap<String, Long> indexes) {
  public static final StateVersion EMPTY =
      new StateVersion(
          0,
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty());
}
