package org.comitia.state;

import java.util.Iterator;
import org.pcollections.TreePMap;

/** Finds a node by its name, its id, or the beginning of an id that means one node only. */
final class NodeLookup {
  private static final int MIN_ID_PREFIX = 2;

  private NodeLookup() {}

  /** null for none, or for more than one. */
  static Node find(String nameOrId, StateVersion version) {
    Node byName = version.nodes().get(Names.fold(nameOrId));
    if (byName != null || !isIdPrefix(nameOrId)) {
      return byName;
    }
    String prefix = Names.fold(nameOrId);
    TreePMap<String, String> matching =
        version.derived().nodeIds().subMap(prefix, true, prefix + Character.MAX_VALUE, false);
    Iterator<String> nodes = matching.values().iterator();
    if (!nodes.hasNext()) {
      return null;
    }
    String key = nodes.next();
    return nodes.hasNext() ? null : version.nodes().get(key);
  }

  static boolean isIdPrefix(String text) {
    if (text.length() < MIN_ID_PREFIX || text.length() > 36) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text.charAt(i) != '-' : !CommandRules.isHex(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
