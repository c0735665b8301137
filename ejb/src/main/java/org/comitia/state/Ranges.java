package org.comitia.state;

import org.pcollections.TreePMap;

/**
 * Neighbouring rows of an ordered map. A range is a map of its own that shares the rows; making it
 * costs a few paths from the root, whatever it holds.
 */
final class Ranges {
  private Ranges() {}

  /**
   * The rows whose key begins with the prefix.
   *
   * @param map in byte order
   */
  static <V> TreePMap<String, V> under(TreePMap<String, V> map, String prefix) {
    if (prefix.isEmpty()) {
      return map;
    }
    String after = Keys.afterPrefix(prefix);
    return after == null ? map.tailMap(prefix, true) : map.subMap(prefix, true, after, false);
  }

  static TreePMap<ServiceKey, Service> servicesOf(
      TreePMap<ServiceKey, Service> services, String node) {
    String name = Names.fold(node);
    return services.subMap(new ServiceKey(name, ""), true, new ServiceKey(next(name), ""), false);
  }

  static TreePMap<CheckKey, Check> checksOf(TreePMap<CheckKey, Check> checks, String node) {
    String name = Names.fold(node);
    return checks.subMap(new CheckKey(name, ""), true, new CheckKey(next(name), ""), false);
  }

  /** The next string in the order of strings. */
  private static String next(String text) {
    return text + '\0';
  }
}
