package org.comitia.state;

import java.util.Map;
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

  /**
   * The rows whose key does not begin with the prefix. Costs a step a row of the smallest of three
   * parts: what is before, within and behind the prefix.
   *
   * @param map in byte order
   */
  static <V> TreePMap<String, V> without(TreePMap<String, V> map, String prefix) {
    TreePMap<String, V> within = under(map, prefix);
    if (within.size() == map.size()) {
      return TreePMap.empty(Keys.BYTE_ORDER);
    }
    TreePMap<String, V> before = map.headMap(prefix, false);
    String after = Keys.afterPrefix(prefix);
    TreePMap<String, V> behind =
        after == null ? TreePMap.empty(Keys.BYTE_ORDER) : map.tailMap(after, true);
    if (within.size() <= Math.min(before.size(), behind.size())) {
      TreePMap<String, V> left = map;
      for (String key : within.keySet()) {
        left = left.minus(key);
      }
      return left;
    }
    return before.size() < behind.size() ? plusAll(behind, before) : plusAll(before, behind);
  }

  private static <V> TreePMap<String, V> plusAll(
      TreePMap<String, V> most, TreePMap<String, V> few) {
    TreePMap<String, V> all = most;
    for (Map.Entry<String, V> row : few.entrySet()) {
      all = all.plus(row.getKey(), row.getValue());
    }
    return all;
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

  static TreePMap<CoordinateKey, Coordinate> coordinatesOf(
      TreePMap<CoordinateKey, Coordinate> coordinates, String node) {
    String name = Names.fold(node);
    return coordinates.subMap(
        new CoordinateKey(name, ""), true, new CoordinateKey(next(name), ""), false);
  }

  /** The next string in the order of strings. */
  private static String next(String text) {
    return text + '\0';
  }
}
