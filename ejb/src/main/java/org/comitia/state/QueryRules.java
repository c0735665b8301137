package org.comitia.state;

import java.util.List;
import java.util.Map;

/** How commands change prepared queries ({@code api/query}). */
final class QueryRules {
  private QueryRules() {}

  /**
   * @throws Refused when the id, the name, the session or the template is not right
   */
  static boolean set(Draft draft, Command.PreparedQuerySet set) {
    PreparedQuery given = set.query();
    PreparedQuery existing = draft.preparedQuery(given.id());
    if (set.update()) {
      requireExisting(existing, given.id());
    } else if (existing != null) {
      throw new Refused("prepared query " + Names.quote(given.id()) + " exists already");
    }
    requireOwnName(draft, given);
    if (!given.session().isEmpty() && draft.session(given.session()) == null) {
      throw new Refused("invalid session");
    }
    QueryTemplate template = given.isTemplate() ? QueryTemplate.compile(given) : null;
    PreparedQuery wanted = settled(given);
    if (existing == null) {
      draft.putPreparedQuery(wanted.at(draft.index, draft.index), template);
    } else if (!wanted.at(existing.createIndex(), existing.modifyIndex()).equals(existing)) {
      draft.putPreparedQuery(wanted.at(existing.createIndex(), draft.index), template);
    }
    return true;
  }

  private static void requireExisting(PreparedQuery existing, String id) {
    if (existing == null) {
      throw new Refused("Cannot modify non-existent prepared query: '" + id + "'");
    }
  }

  /** Queries are found by id or by name, so no name may be the id or name of another query. */
  private static void requireOwnName(Draft draft, PreparedQuery given) {
    if (Derived.isNamed(given)) {
      PreparedQuery named = draft.preparedQueryNamed(given.name());
      if (named != null && !named.key().equals(given.key())) {
        throw new Refused(
            given.name().isEmpty()
                ? "a query template with an empty name already exists"
                : "name '" + given.name() + "' aliases an existing query name");
      }
    }
    if (CommandRules.uuidError(given.name()) == null && draft.preparedQuery(given.name()) != null) {
      throw new Refused("name '" + given.name() + "' aliases an existing query ID");
    }
  }

  /** Lists and maps that nobody changes, in an order that does not depend on the server. */
  private static PreparedQuery settled(PreparedQuery q) {
    PreparedQuery.ServiceQuery s = q.service();
    return new PreparedQuery(
        q.id(),
        q.name(),
        q.session(),
        q.token(),
        q.template(),
        new PreparedQuery.ServiceQuery(
            s.service(),
            new PreparedQuery.Failover(
                s.failover().nearestN(), List.copyOf(s.failover().datacenters())),
            s.onlyPassing(),
            List.copyOf(s.ignoreCheckIds()),
            s.near(),
            List.copyOf(s.tags()),
            CatalogRules.sorted(s.nodeMeta()),
            CatalogRules.sorted(s.serviceMeta()),
            s.connect()),
        q.dnsTtl(),
        0,
        0);
  }

  static boolean delete(Draft draft, String id) {
    PreparedQuery existing = draft.preparedQuery(id);
    requireExisting(existing, id);
    draft.removePreparedQuery(existing);
    return true;
  }

  /** Queries end with their session. */
  static void sessionGone(Draft draft, Session session) {
    for (Map.Entry<String, PreparedQuery> entry : draft.preparedQueries().entrySet()) {
      if (Names.same(entry.getValue().session(), session.id())) {
        draft.removePreparedQuery(entry.getValue());
      }
    }
  }
}
