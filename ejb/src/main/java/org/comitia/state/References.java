package org.comitia.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;

/**
 * Whether the rows of tables belong together as commands leave them: what one row names is there,
 * and what is looked up by name or id is there once. What a version derives from its rows would
 * else depend on the order in which they came. Pure functions.
 */
public final class References {
  private References() {}

  /** What is wrong with them; null when nothing is. Costs a walk over everything. */
  public static String broken(Tables tables) {
    Set<String> nodes = tables.nodes().keySet();
    Set<String> sessions = tables.sessions().keySet();
    String broken = twice("node id", tables.nodes().values(), Node::id);
    broken =
        or(
            broken,
            () ->
                twice(
                    "prepared query's name",
                    tables.preparedQueries().values(),
                    query -> Derived.isNamed(query) ? "=" + query.name() : ""));
    broken = or(broken, () -> twiceOfAccess(tables.access().values()));
    broken = or(broken, () -> absent("node", tables.services().values(), Service::node, nodes));
    broken = or(broken, () -> absent("node", tables.checks().values(), Check::node, nodes));
    broken = or(broken, () -> absent("node", tables.sessions().values(), Session::node, nodes));
    broken =
        or(broken, () -> absent("node", tables.coordinates().values(), Coordinate::node, nodes));
    return or(broken, () -> absent("session", tables.kv().values(), KvEntry::session, sessions));
  }

  private static String twiceOfAccess(Collection<AccessObject> objects) {
    List<Token> tokens = new ArrayList<>();
    List<Policy> policies = new ArrayList<>(AccessTable.EMPTY.policies());
    List<Role> roles = new ArrayList<>();
    for (AccessObject object : objects) {
      if (object instanceof Token token) {
        tokens.add(token);
      } else if (object instanceof Policy policy) {
        policies.add(policy);
      } else if (object instanceof Role role) {
        roles.add(role);
      }
    }
    String broken = twice("policy's name", policies, policy -> "=" + policy.name());
    broken = or(broken, () -> twice("role's name", roles, role -> "=" + role.name()));
    Set<String> secrets = new HashSet<>();
    boolean once = tokens.stream().allMatch(token -> secrets.add(token.secret()));
    return broken != null || once ? broken : "a token's secret is there twice";
  }

  private static String or(String broken, Supplier<String> next) {
    return broken == null ? next.get() : broken;
  }

  private static <T> String twice(String what, Collection<T> rows, Function<T, String> name) {
    Set<String> seen = new HashSet<>();
    for (T row : rows) {
      String found = name.apply(row);
      if (!found.isEmpty() && !seen.add(Names.fold(found))) {
        return "a " + what + " is there twice";
      }
    }
    return null;
  }

  private static <T> String absent(
      String what, Collection<T> rows, Function<T, String> name, Set<String> there) {
    for (T row : rows) {
      String named = name.apply(row);
      if (named != null && !there.contains(Names.fold(named))) {
        return "a row names a " + what + " that is not there";
      }
    }
    return null;
  }
}
