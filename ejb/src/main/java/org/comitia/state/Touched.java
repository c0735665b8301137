package org.comitia.state;

import java.util.Set;

/**
 * Which rows changed since the last save; the rows' values are looked up in the version that is
 * saved, absent means deleted.
 *
 * @param indexes names of the per-table and floor indexes that moved
 */
public record Touched(
    Set<String> nodes,
    Set<ServiceKey> services,
    Set<CheckKey> checks,
    Set<String> keys,
    Set<String> tombstones,
    Set<String> indexes) {
  public boolean isEmpty() {
    return nodes.isEmpty()
        && services.isEmpty()
        && checks.isEmpty()
        && keys.isEmpty()
        && tombstones.isEmpty()
        && indexes.isEmpty();
  }
}
