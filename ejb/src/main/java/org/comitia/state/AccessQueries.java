package org.comitia.state;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;

/** Evaluates the queries about tokens, policies and roles. Pure functions. */
final class AccessQueries {
  private AccessQueries() {}

  static QueryResult get(Query.AccessGet query, StateVersion version) {
    return one(query.kind(), version.access().find(query.kind(), query.idOrName()), version);
  }

  static QueryResult list(Query.AccessList query, StateVersion version) {
    return result(query.kind(), version.access().list(query.kind()), version);
  }

  static QueryResult tokenBySecret(Query.TokenBySecret query, StateVersion version) {
    return one(AccessObject.Kind.TOKEN, version.access().bySecret(query.secret()), version);
  }

  private static QueryResult one(AccessObject.Kind kind, AccessObject found, StateVersion version) {
    return result(kind, found == null ? List.of() : List.of(found), version);
  }

  /** The index of all that is shown, as Consul's is. */
  private static QueryResult result(
      AccessObject.Kind kind, List<AccessObject> objects, StateVersion version) {
    long index = 0;
    for (String name : Indexes.shown(kind)) {
      index = Math.max(index, version.indexOf(name));
    }
    Map<String, String> names = new TreeMap<>();
    for (AccessObject object : objects) {
      addNames(object, version.access(), names);
    }
    return new QueryResult.AccessObjects(Queries.atLeastOne(index), objects, names);
  }

  private static void addNames(AccessObject object, AccessTable table, Map<String, String> names) {
    if (object instanceof Token token) {
      policyNames(token.policies(), table, names);
      for (String id : token.roles()) {
        Role role = table.role(id);
        if (role != null) {
          names.put(id, role.name());
        }
      }
    } else if (object instanceof Role role) {
      policyNames(role.policies(), table, names);
    }
  }

  private static void policyNames(
      List<String> policies, AccessTable table, Map<String, String> names) {
    for (String id : policies) {
      Policy policy = table.policy(id);
      if (policy != null) {
        names.put(id, policy.name());
      }
    }
  }
}
