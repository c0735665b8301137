package org.comitia.state;

import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.pcollections.TreePMap;

/**
 * The rows of a version, table by table: all that apply can see, and all that is saved.
 *
 * @param nodes by {@link Node#key()}
 * @param services by {@link Service#key()}
 * @param checks by {@link Check#key()}
 * @param kv by key, in byte order
 * @param tombstones deleted keys and prefixes with the index that deleted them, until they are
 *     reaped; in byte order
 * @param indexes the index at which each table, or floor, last changed; by the names in {@link
 *     Indexes}
 * @param sessions by {@link Session#key()}
 * @param lockDelays by key, in byte order
 * @param preparedQueries by {@link PreparedQuery#key()}
 * @param coordinates by {@link Coordinate#key()}
 * @param autopilot one row, by {@link AutopilotConfig#KEY}; none while nobody has set it
 * @param access tokens, policies and roles, by {@link AccessObject#key()}
 */
public record Tables(
    TreePMap<String, Node> nodes,
    TreePMap<ServiceKey, Service> services,
    TreePMap<CheckKey, Check> checks,
    TreePMap<String, KvEntry> kv,
    TreePMap<String, Long> tombstones,
    TreePMap<String, Long> indexes,
    TreePMap<String, Session> sessions,
    TreePMap<String, LockDelay> lockDelays,
    TreePMap<String, PreparedQuery> preparedQueries,
    TreePMap<CoordinateKey, Coordinate> coordinates,
    TreePMap<String, AutopilotConfig> autopilot,
    TreePMap<AccessKey, AccessObject> access) {
  /** No rows. */
  public static final Tables EMPTY =
      new Tables(
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(Keys.BYTE_ORDER),
          TreePMap.empty(Keys.BYTE_ORDER),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(Keys.BYTE_ORDER),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty());

  /** Maps whose order is not the one that is needed are copied. */
  public Tables {
    kv = inByteOrder(kv);
    tombstones = inByteOrder(tombstones);
    lockDelays = inByteOrder(lockDelays);
  }

  /** About how many bytes of memory the rows take. Costs a walk over all of them. */
  public long bytes() {
    return StateSize.of(this);
  }

  private static <V> TreePMap<String, V> inByteOrder(TreePMap<String, V> map) {
    return map.comparator() == Keys.BYTE_ORDER ? map : TreePMap.from(Keys.BYTE_ORDER, map);
  }
}
