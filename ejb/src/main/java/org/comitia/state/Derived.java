package org.comitia.state;

import org.comitia.access.AccessTable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * What a version derives from its rows to find them by something else than their key; it is never
 * saved. Names and ids are folded.
 *
 * @param nodeIds node keys by node id
 * @param servicesByName the instances of each service
 * @param checksByService the checks that name each service
 * @param sessionsByNode the sessions of each node
 * @param keysBySession the keys that each session holds
 * @param queriesByName keys of prepared queries by name; templates among them
 * @param templates compiled, by the keys of their queries; one that breaks today's bounds, since an
 *     older version let it in, is not there and answers nothing
 * @param access the objects of access control
 * @param level the feature level in force
 */
record Derived(
    TreePMap<String, String> nodeIds,
    TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName,
    TreePMap<String, TreePMap<CheckKey, Check>> checksByService,
    TreePMap<String, TreePMap<String, Session>> sessionsByNode,
    TreePMap<String, TreePSet<String>> keysBySession,
    TreePMap<String, String> queriesByName,
    TreePMap<String, QueryTemplate> templates,
    AccessTable access,
    int level) {

  static Derived of(Tables tables) {
    TreePMap<String, String> ids = TreePMap.empty();
    for (Node node : tables.nodes().values()) {
      if (!node.id().isEmpty()) {
        ids = ids.plus(Names.fold(node.id()), node.key());
      }
    }
    TreePMap<String, TreePMap<ServiceKey, Service>> services = TreePMap.empty();
    for (Service service : tables.services().values()) {
      services = listed(services, Names.fold(service.name()), service.key(), service);
    }
    TreePMap<String, TreePMap<CheckKey, Check>> checks = TreePMap.empty();
    for (Check check : tables.checks().values()) {
      if (!check.serviceName().isEmpty()) {
        checks = listed(checks, Names.fold(check.serviceName()), check.key(), check);
      }
    }
    TreePMap<String, TreePMap<String, Session>> sessions = TreePMap.empty();
    for (Session session : tables.sessions().values()) {
      sessions = listed(sessions, Names.fold(session.node()), session.key(), session);
    }
    TreePMap<String, TreePSet<String>> held = TreePMap.empty();
    for (KvEntry entry : tables.kv().values()) {
      if (entry.session() != null) {
        held = holding(held, Names.fold(entry.session()), entry.key());
      }
    }
    TreePMap<String, String> queries = TreePMap.empty();
    TreePMap<String, QueryTemplate> templates = TreePMap.empty();
    for (PreparedQuery query : tables.preparedQueries().values()) {
      if (isNamed(query)) {
        queries = queries.plus(Names.fold(query.name()), query.key());
      }
      QueryTemplate template = template(query);
      if (template != null) {
        templates = templates.plus(query.key(), template);
      }
    }
    return new Derived(
        ids,
        services,
        checks,
        sessions,
        held,
        queries,
        templates,
        AccessTable.of(tables.access()),
        level(tables.indexes()));
  }

  /**
   * Each level has an index, from 1 on. A newer version may have put more in force than we know.
   */
  static int level(TreePMap<String, Long> indexes) {
    int level = 0;
    while (indexes.containsKey(Indexes.ofLevel(level + 1))) {
      level++;
    }
    return level;
  }

  private static QueryTemplate template(PreparedQuery query) {
    try {
      return query.isTemplate() ? QueryTemplate.compile(query) : null;
    } catch (Refused | LimitExceededException olderVersions) {
      return null;
    }
  }

  /** Whether it is found by its name, which a template may have without a letter in it. */
  static boolean isNamed(PreparedQuery query) {
    return !query.name().isEmpty() || query.isTemplate();
  }

  static <K extends Comparable<? super K>, V> TreePMap<String, TreePMap<K, V>> listed(
      TreePMap<String, TreePMap<K, V>> lists, String name, K key, V value) {
    TreePMap<K, V> list = lists.get(name);
    return lists.plus(name, (list == null ? TreePMap.<K, V>empty() : list).plus(key, value));
  }

  static <K, V> TreePMap<String, TreePMap<K, V>> unlisted(
      TreePMap<String, TreePMap<K, V>> lists, String name, K key) {
    TreePMap<K, V> left = lists.get(name).minus(key);
    return left.isEmpty() ? lists.minus(name) : lists.plus(name, left);
  }

  static TreePMap<String, TreePSet<String>> holding(
      TreePMap<String, TreePSet<String>> held, String session, String key) {
    TreePSet<String> keys = held.get(session);
    return held.plus(session, (keys == null ? TreePSet.empty(Keys.BYTE_ORDER) : keys).plus(key));
  }

  static TreePMap<String, TreePSet<String>> notHolding(
      TreePMap<String, TreePSet<String>> held, String session, String key) {
    TreePSet<String> left = held.get(session).minus(key);
    return left.isEmpty() ? held.minus(session) : held.plus(session, left);
  }
}
