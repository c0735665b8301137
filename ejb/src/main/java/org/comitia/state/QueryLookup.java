package org.comitia.state;

import org.pcollections.TreePMap;

/** Finds the prepared query that answers a name or an id. */
final class QueryLookup {
  private QueryLookup() {}

  /**
   * By id, then by name, then the template with the longest name that the name begins with;
   * templates are filled in.
   *
   * @return null for none, and for names longer than a query's own may be
   */
  static PreparedQuery resolve(String nameOrId, StateVersion version) {
    if (nameOrId.isEmpty() || Names.isLonger(nameOrId, CommandRules.MAX_NAME_BYTES)) {
      return null;
    }
    if (CommandRules.uuidError(nameOrId) == null) {
      PreparedQuery byId = version.preparedQueries().get(Names.fold(nameOrId));
      if (byId != null) {
        return byId;
      }
    }
    PreparedQuery found = longest(Names.fold(nameOrId), version);
    if (found == null || !found.isTemplate()) {
      return found;
    }
    QueryTemplate template = version.derived().templates().get(found.key());
    return template == null ? null : template.render(nameOrId);
  }

  private static PreparedQuery longest(String name, StateVersion version) {
    TreePMap<String, String> names = version.derived().queriesByName();
    for (String upTo = name; upTo != null; ) {
      String below = names.floorKey(upTo);
      if (below == null) {
        return null;
      }
      if (name.startsWith(below)) {
        PreparedQuery query = version.preparedQueries().get(names.get(below));
        if (query.isTemplate() || below.length() == name.length()) {
          return query;
        }
        upTo = below.isEmpty() ? null : below.substring(0, below.length() - 1);
      } else {
        // every name that this one begins with is also a beginning of what lies between
        upTo = common(below, upTo);
      }
    }
    return null;
  }

  private static String common(String a, String b) {
    int length = 0;
    while (length < a.length() && length < b.length() && a.charAt(length) == b.charAt(length)) {
      length++;
    }
    return a.substring(0, length);
  }
}
