package org.comitia.state;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;

/** The naive state's tokens, policies and roles: a list, searched from end to end. */
final class NaiveAccess {
  private List<AccessObject> rows = new ArrayList<>();
  private Map<AccessObject.Kind, Long> moved = new HashMap<>();
  private long bootstrapped;
  private long index;

  void restore(NaiveAccess from) {
    rows = new ArrayList<>(from.rows);
    moved = new HashMap<>(from.moved);
    bootstrapped = from.bootstrapped;
  }

  /** Every row as it was, modified now. */
  void become(Tables archived, int level, long now) {
    rows = new ArrayList<>();
    archived
        .access()
        .values()
        .forEach(one -> rows.add(one.at(Math.min(one.createIndex(), now), now)));
    moved = new HashMap<>();
    bootstrapped = 0;
    if (level >= 3) {
      for (AccessObject.Kind kind : AccessObject.Kind.values()) {
        moved.put(kind, now);
      }
      bootstrapped = Math.min(archived.indexes().getOrDefault("acl-token-bootstrap", 0L), now);
    }
  }

  private static String low(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private List<AccessObject> all() {
    List<AccessObject> all = new ArrayList<>(rows);
    all.addAll(AccessTable.EMPTY.policies());
    if (rows.stream().noneMatch(one -> one.id().equals(Token.ANONYMOUS))) {
      all.addAll(AccessTable.EMPTY.tokens());
    }
    return all;
  }

  private AccessObject find(AccessObject.Kind kind, String id) {
    for (AccessObject one : all()) {
      if (one.kind() == kind && low(one.id()).equals(low(id))) {
        return one;
      }
    }
    return null;
  }

  private static String name(AccessObject one) {
    return one instanceof Policy policy
        ? policy.name()
        : one instanceof Role role ? role.name() : null;
  }

  private AccessObject named(AccessObject.Kind kind, String name) {
    for (AccessObject one : all()) {
      if (one.kind() == kind && name(one) != null && low(name(one)).equals(low(name))) {
        return one;
      }
    }
    return null;
  }

  private Token shown(String secret) {
    for (AccessObject one : all()) {
      if (one instanceof Token token
          && token.secret().equals(secret.isEmpty() ? "anonymous" : secret)) {
        return token;
      }
    }
    return null;
  }

  // ---- commands

  boolean apply(Command command, int level, long at) {
    index = at;
    if (command instanceof Command.AccessSet c) {
      requireNew(c.object(), c.create());
      requireLevel(level);
      set(c.object(), c.create());
    } else if (command instanceof Command.AclBootstrap c) {
      requireNew(c.token(), true);
      requireLevel(level);
      if (bootstrapped != 0 && c.resetIndex() == 0) {
        throw new NaiveState.No(
            "Permission denied: ACL bootstrap no longer allowed (reset index: "
                + bootstrapped
                + ")");
      } else if (bootstrapped != 0 && c.resetIndex() != bootstrapped) {
        throw new NaiveState.No(
            "Invalid bootstrap reset index (specified %d, reset index: %d)"
                .formatted(c.resetIndex(), bootstrapped));
      }
      set(c.token(), true);
      bootstrapped = index;
    } else {
      requireLevel(level);
      delete((Command.AccessDelete) command);
    }
    return true;
  }

  private static void requireLevel(int level) {
    if (level < 3) {
      throw new NaiveState.No(AccessRules.levelRefusal(level));
    }
  }

  /** What can be seen in the command alone. */
  private static void requireNew(AccessObject object, boolean create) {
    if (create && object instanceof Token token) {
      if (token.id().equals(Token.ANONYMOUS)) {
        throw new NaiveState.No(
            "Invalid Token: AccessorID - UUIDs with the prefix"
                + " \"00000000-0000-0000-0000-0000000000\" are reserved");
      } else if (token.secret().isEmpty()) {
        throw new NaiveState.No("Invalid Token: SecretID - not a valid UUID");
      }
    }
  }

  private void delete(Command.AccessDelete c) {
    AccessObject found = find(c.kind(), c.id());
    if (found instanceof Policy policy && isBuiltIn(policy)) {
      throw new NaiveState.No(
          "Delete operation not permitted on the builtin " + policy.name() + " policy");
    } else if (found instanceof Token && found.id().equals(Token.ANONYMOUS)) {
      throw new NaiveState.No("Delete operation not permitted on the anonymous token");
    } else if (found != null) {
      rows.remove(found);
      moved.put(c.kind(), index);
    }
  }

  private static boolean isBuiltIn(Policy policy) {
    return policy.id().startsWith("00000000-0000-0000-0000-00000000000");
  }

  private void set(AccessObject given, boolean create) {
    AccessObject old = find(given.kind(), given.id());
    AccessObject wanted =
        given instanceof Token token
            ? token(token, (Token) old, create)
            : given instanceof Policy policy
                ? policy(policy, (Policy) old, create)
                : role((Role) given, (Role) old, create);
    if (old != null && wanted.at(old.createIndex(), old.modifyIndex()).equals(old)) {
      return;
    }
    rows.remove(old);
    boolean first = old == null || old.createIndex() == 0;
    rows.add(wanted.at(first ? index : old.createIndex(), index));
    moved.put(given.kind(), index);
  }

  private Token token(Token given, Token old, boolean create) {
    if (create) {
      for (String id : List.of(given.id(), given.secret())) {
        if (find(AccessObject.Kind.TOKEN, id) != null || shown(id) != null) {
          throw new NaiveState.No(
              "Invalid Token: "
                  + (id.equals(given.id()) ? "AccessorID" : "SecretID")
                  + " is already in use");
        }
      }
    } else if (old == null) {
      throw new NaiveState.No("Cannot find token \"" + given.id() + "\"");
    } else if (!given.secret().isEmpty() && !given.secret().equals(old.secret())) {
      throw new NaiveState.No("Changing a token's SecretID is not permitted");
    } else if (given.local() != old.local()) {
      throw new NaiveState.No("Cannot toggle local mode of " + given.id());
    } else if (given.expirationMillis() != 0
        && given.expirationMillis() != old.expirationMillis()) {
      throw new NaiveState.No("Cannot change expiration time of " + given.id());
    }
    Token lasting = create ? given : old;
    return new Token(
        lasting.id(),
        lasting.secret(),
        given.description(),
        linked(AccessObject.Kind.POLICY, given.policies()),
        linked(AccessObject.Kind.ROLE, given.roles()),
        given.serviceIdentities(),
        given.nodeIdentities(),
        lasting.local(),
        lasting.authMethod(),
        lasting.createMillis(),
        lasting.expirationMillis(),
        0,
        0);
  }

  private Policy policy(Policy given, Policy old, boolean create) {
    requireThere(given, old, create);
    if (isBuiltIn(given) && !given.rules().equals(old.rules())) {
      throw new NaiveState.No(
          "Changing the Rules for the builtin " + old.name() + " policy is not permitted");
    }
    AccessObject named = named(AccessObject.Kind.POLICY, given.name());
    if (named != null && named != old) {
      throw new NaiveState.No(
          "Invalid Policy: A %s \"%s\" already exists"
              .formatted(create ? "Policy with Name" : "policy with name", given.name()));
    }
    return new Policy(
        create ? given.id() : old.id(),
        given.name(),
        given.description(),
        given.rules(),
        given.datacenters(),
        0,
        0);
  }

  private Role role(Role given, Role old, boolean create) {
    requireThere(given, old, create);
    AccessObject named = named(AccessObject.Kind.ROLE, given.name());
    if (named != null && named != old) {
      throw new NaiveState.No(
          "Invalid Role: A %s \"%s\" already exists"
              .formatted(create ? "Role with Name" : "role with name", given.name()));
    }
    return new Role(
        create ? given.id() : old.id(),
        given.name(),
        given.description(),
        linked(AccessObject.Kind.POLICY, given.policies()),
        given.serviceIdentities(),
        given.nodeIdentities(),
        0,
        0);
  }

  private static void requireThere(AccessObject given, AccessObject old, boolean create) {
    String kind = given instanceof Policy ? "policy " : "role ";
    if (create && old != null) {
      throw new NaiveState.No(kind + given.id() + " exists already");
    } else if (!create && old == null) {
      throw new NaiveState.No("cannot find " + kind + given.id());
    }
  }

  private List<String> linked(AccessObject.Kind kind, List<String> ids) {
    LinkedHashSet<String> found = new LinkedHashSet<>();
    for (String id : ids) {
      AccessObject one = find(kind, id);
      if (one == null) {
        throw new NaiveState.No("No such ACL %s with ID \"%s\"".formatted(low(kind.name()), id));
      }
      found.add(one.id());
    }
    return List.copyOf(found);
  }

  // ---- answers

  /** Index and content as text; null when it is another query. */
  String ask(Query<?> query) {
    if (query instanceof Query.AccessList q) {
      return answer(
          q.kind(),
          all().stream()
              .filter(one -> one.kind() == q.kind())
              .sorted(Comparator.comparing(one -> low(one.id())))
              .toList());
    } else if (query instanceof Query.AccessGet q) {
      AccessObject byId = find(q.kind(), q.idOrName());
      return answer(q.kind(), byId == null ? named(q.kind(), q.idOrName()) : byId);
    } else if (query instanceof Query.TokenBySecret q) {
      return answer(AccessObject.Kind.TOKEN, shown(q.secret()));
    }
    return null;
  }

  private String answer(AccessObject.Kind kind, AccessObject found) {
    return answer(kind, found == null ? List.of() : List.of(found));
  }

  private String answer(AccessObject.Kind kind, List<AccessObject> found) {
    long at = moved.getOrDefault(AccessObject.Kind.POLICY, 0L);
    if (kind != AccessObject.Kind.POLICY) {
      at = Math.max(at, moved.getOrDefault(AccessObject.Kind.ROLE, 0L));
    }
    if (kind == AccessObject.Kind.TOKEN) {
      at = Math.max(at, moved.getOrDefault(AccessObject.Kind.TOKEN, 0L));
    }
    Map<String, String> names = new TreeMap<>();
    for (AccessObject one : found) {
      if (one instanceof Token token) {
        addNames(AccessObject.Kind.POLICY, token.policies(), names);
        addNames(AccessObject.Kind.ROLE, token.roles(), names);
      } else if (one instanceof Role role) {
        addNames(AccessObject.Kind.POLICY, role.policies(), names);
      }
    }
    return Math.max(1, at) + " " + text(found, names);
  }

  private void addNames(AccessObject.Kind kind, List<String> ids, Map<String, String> names) {
    for (String id : ids) {
      AccessObject one = find(kind, id);
      if (one != null) {
        names.put(id, name(one));
      }
    }
  }

  /** A token's own text leaves most of it out. */
  static List<?> text(List<AccessObject> objects, Map<String, String> names) {
    List<Object> content = new ArrayList<>();
    for (AccessObject one : objects) {
      content.add(
          one instanceof Token t
              ? List.of(
                  t.id(),
                  t.secret(),
                  t.description(),
                  t.policies(),
                  t.roles(),
                  t.serviceIdentities(),
                  t.nodeIdentities(),
                  t.local(),
                  t.createMillis(),
                  t.expirationMillis(),
                  t.createIndex(),
                  t.modifyIndex())
              : one);
    }
    content.add(names);
    return content;
  }
}
