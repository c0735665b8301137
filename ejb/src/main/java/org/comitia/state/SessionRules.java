package org.comitia.state;

/**
 * How sessions begin and end ({@code api/session}). A session ends with its node, when one of its
 * checks turns critical or goes, and when it is destroyed, which the leader asks for when its TTL
 * has passed. What it held is invalidated in the same step.
 */
final class SessionRules {
  private SessionRules() {}

  /**
   * @throws Refused when the node or a check is not there, or a check is critical
   */
  static boolean create(Draft draft, Session given) {
    if (draft.session(given.id()) != null) {
      throw new Refused("session " + Names.quote(given.id()) + " exists already");
    }
    if (draft.node(given.node()) == null) {
      throw new Refused("Missing node registration");
    }
    for (String id : given.checks()) {
      Check check = draft.check(given.node(), id);
      if (check == null) {
        throw new Refused("Missing check '" + id + "' registration");
      }
      if (CatalogRules.CRITICAL.equals(check.status())) {
        throw new Refused("Check '" + id + "' is in " + check.status() + " state");
      }
    }
    draft.addSession(given.at(draft.index));
    return true;
  }

  /** One that is not there is ended already. */
  static boolean destroy(Draft draft, String id) {
    Session session = draft.session(id);
    if (session != null) {
      end(draft, session);
    }
    return true;
  }

  /** A node is gone. */
  static void nodeGone(Draft draft, String node) {
    draft.sessionsOf(node).forEach(session -> end(draft, session));
  }

  /** A check is gone or critical. */
  static void checkFailed(Draft draft, Check check) {
    for (Session session : draft.sessionsOf(check.node())) {
      if (session.checks().stream().anyMatch(id -> Names.same(id, check.id()))) {
        end(draft, session);
      }
    }
  }

  private static void end(Draft draft, Session session) {
    draft.removeSession(session);
    draft.heldBy(session).forEach(key -> KvRules.invalidate(draft, key, session));
    QueryRules.sessionGone(draft, session);
  }
}
