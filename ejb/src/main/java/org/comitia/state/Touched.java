package org.comitia.state;

import java.util.HashSet;
import java.util.Set;
import org.comitia.access.AccessKey;

/**
 * Which rows changed since the last save; the rows' values are looked up in the version that is
 * saved, absent means deleted. Not safe for more than one thread while it is filled.
 *
 * @param indexes names of the per-table and floor indexes that moved
 */
public record Touched(
    Set<String> nodes,
    Set<ServiceKey> services,
    Set<CheckKey> checks,
    Set<String> keys,
    Set<String> tombstones,
    Set<String> indexes,
    Set<String> sessions,
    Set<String> lockDelays,
    Set<String> preparedQueries,
    Set<CoordinateKey> coordinates,
    Set<String> autopilot,
    Set<AccessKey> access) {
  /** No rows yet. */
  public static Touched none() {
    return new Touched(
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>(),
        new HashSet<>());
  }

  /** All rows of these tables. */
  public static Touched all(Tables tables) {
    return new Touched(
        tables.nodes().keySet(),
        tables.services().keySet(),
        tables.checks().keySet(),
        tables.kv().keySet(),
        tables.tombstones().keySet(),
        tables.indexes().keySet(),
        tables.sessions().keySet(),
        tables.lockDelays().keySet(),
        tables.preparedQueries().keySet(),
        tables.coordinates().keySet(),
        tables.autopilot().keySet(),
        tables.access().keySet());
  }

  /** Adds another's rows to this, which {@link #none} made. */
  public void addAll(Touched other) {
    add(nodes, other.nodes);
    add(services, other.services);
    add(checks, other.checks);
    add(keys, other.keys);
    add(tombstones, other.tombstones);
    add(indexes, other.indexes);
    add(sessions, other.sessions);
    add(lockDelays, other.lockDelays);
    add(preparedQueries, other.preparedQueries);
    add(coordinates, other.coordinates);
    add(autopilot, other.autopilot);
    add(access, other.access);
  }

  /** Most are empty: a command touches rows of one table and an index. */
  private static <K> void add(Set<K> rows, Set<K> more) {
    if (!more.isEmpty()) {
      rows.addAll(more);
    }
  }

  public boolean isEmpty() {
    return nodes.isEmpty()
        && services.isEmpty()
        && checks.isEmpty()
        && keys.isEmpty()
        && tombstones.isEmpty()
        && indexes.isEmpty()
        && sessions.isEmpty()
        && lockDelays.isEmpty()
        && preparedQueries.isEmpty()
        && coordinates.isEmpty()
        && autopilot.isEmpty()
        && access.isEmpty();
  }
}
