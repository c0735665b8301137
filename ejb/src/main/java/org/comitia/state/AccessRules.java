package org.comitia.state;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/** How commands change tokens, policies and roles ({@code api/acl}). */
final class AccessRules {
  private AccessRules() {}

  /** Why nothing can be set or deleted at the level in force; null when it can. */
  static String levelRefusal(int level) {
    return level >= FeatureLevel.ACCESS
        ? null
        : "COM3090: tokens, policies and roles cannot be kept at feature level "
            + level
            + ": it needs level "
            + FeatureLevel.ACCESS
            + ", which the leader raises once all servers know it; who does not is in comitia info on"
            + " the leader, feature_level_held_by";
  }

  private static void requireLevel(Draft draft) {
    String early = levelRefusal(draft.level());
    if (early != null) {
      throw new Refused(early);
    }
  }

  /**
   * @throws Refused when it is there already, or is not, or links to what is not
   */
  static boolean set(Draft draft, Command.AccessSet set) {
    requireLevel(draft);
    AccessObject given = set.object();
    AccessObject existing = draft.access().get(given.kind(), given.id());
    if (given instanceof Token token) {
      put(draft, settled(draft.access(), token, (Token) existing, set.create()), existing);
    } else if (given instanceof Policy policy) {
      put(draft, settled(draft.access(), policy, (Policy) existing, set.create()), existing);
    } else if (given instanceof Role role) {
      put(draft, settled(draft.access(), role, (Role) existing, set.create()), existing);
    }
    return true;
  }

  /** Where nothing changes no index moves, and what was made of the table stands. */
  private static void put(Draft draft, AccessObject wanted, AccessObject existing) {
    if (existing == null) {
      draft.putAccess(wanted.at(draft.index, draft.index));
    } else if (!wanted.at(existing.createIndex(), existing.modifyIndex()).equals(existing)) {
      long created = existing.createIndex() == 0 ? draft.index : existing.createIndex();
      draft.putAccess(wanted.at(created, draft.index));
    }
  }

  /**
   * @throws Refused for what is built in
   */
  static boolean delete(Draft draft, Command.AccessDelete delete) {
    requireLevel(draft);
    AccessObject existing = draft.access().get(delete.kind(), delete.id());
    if (existing instanceof Policy policy && AccessTable.isBuiltIn(policy)) {
      throw new Refused(
          "Delete operation not permitted on the builtin " + policy.name() + " policy");
    } else if (existing instanceof Token token && token.id().equals(Token.ANONYMOUS)) {
      throw new Refused("Delete operation not permitted on the anonymous token");
    } else if (existing != null) {
      draft.removeAccess(existing);
    }
    return true;
  }

  /**
   * @throws Refused when it was done before and the reset index is not that of the last time
   */
  static boolean bootstrap(Draft draft, Command.AclBootstrap bootstrap) {
    requireLevel(draft);
    long done = draft.indexOf(Indexes.ACL_BOOTSTRAP);
    long reset = bootstrap.resetIndex();
    if (done != 0 && reset == 0) {
      throw new Refused(
          "Permission denied: ACL bootstrap no longer allowed (reset index: " + done + ")");
    } else if (done != 0 && reset != done) {
      throw new Refused(
          "Invalid bootstrap reset index (specified " + reset + ", reset index: " + done + ")");
    }
    set(draft, new Command.AccessSet(bootstrap.token(), true));
    draft.setIndex(Indexes.ACL_BOOTSTRAP, draft.index);
    return true;
  }

  // ---- what is set, with what it links to looked up

  private static Token settled(AccessTable table, Token given, Token existing, boolean create) {
    if (create) {
      requireUnused(table, given.id(), "AccessorID");
      requireUnused(table, given.secret(), "SecretID");
    } else {
      requireLasting(given, existing);
    }
    return new Token(
        create ? given.id() : existing.id(),
        create ? given.secret() : existing.secret(),
        given.description(),
        policies(table, given.policies()),
        roles(table, given.roles()),
        services(given.serviceIdentities()),
        once(given.nodeIdentities()),
        given.local(),
        create ? given.authMethod() : existing.authMethod(),
        create ? given.createMillis() : existing.createMillis(),
        create ? given.expirationMillis() : existing.expirationMillis(),
        0,
        0);
  }

  private static void requireUnused(AccessTable table, String id, String what) {
    if (table.token(id) != null || table.bySecret(id) != null) {
      throw new Refused("Invalid Token: " + what + " is already in use");
    }
  }

  private static void requireLasting(Token given, Token existing) {
    if (existing == null) {
      throw new Refused("Cannot find token " + Names.quote(given.id()));
    } else if (!given.secret().isEmpty() && !given.secret().equals(existing.secret())) {
      throw new Refused("Changing a token's SecretID is not permitted");
    } else if (given.local() != existing.local()) {
      throw new Refused("Cannot toggle local mode of " + given.id());
    } else if (!given.authMethod().isEmpty() && !given.authMethod().equals(existing.authMethod())) {
      throw new Refused("Cannot change AuthMethod of " + given.id());
    } else if (given.expirationMillis() != 0
        && given.expirationMillis() != existing.expirationMillis()) {
      throw new Refused("Cannot change expiration time of " + given.id());
    }
  }

  private static Policy settled(AccessTable table, Policy given, Policy existing, boolean create) {
    requireThere(given, existing, create);
    if (existing != null && AccessTable.isBuiltIn(existing)) {
      requireUnchanged(given, existing);
    }
    Policy named = table.policyByName(given.name());
    if (named != null && !named.key().equals(given.key())) {
      throw new Refused(
          (create ? "Invalid Policy: A Policy with Name " : "Invalid Policy: A policy with name ")
              + Names.quote(given.name())
              + " already exists");
    }
    return new Policy(
        create ? given.id() : existing.id(),
        given.name(),
        given.description(),
        given.rules(),
        once(given.datacenters()),
        0,
        0);
  }

  private static void requireThere(AccessObject given, AccessObject existing, boolean create) {
    String kind = given.kind().text();
    if (create && existing != null) {
      throw new Refused(kind + " " + given.id() + " exists already");
    } else if (!create && existing == null) {
      throw new Refused("cannot find " + kind + " " + given.id());
    }
  }

  private static void requireUnchanged(Policy given, Policy builtIn) {
    if (!given.rules().equals(builtIn.rules())) {
      throw new Refused(
          "Changing the Rules for the builtin " + builtIn.name() + " policy is not permitted");
    } else if (!given.datacenters().isEmpty()) {
      throw new Refused(
          "Changing the Datacenters of the builtin " + builtIn.name() + " policy is not permitted");
    } else if (!given.name().equals(builtIn.name())
        || !given.description().equals(builtIn.description())) {
      throw new Refused(
          "COM3091: the builtin "
              + builtIn.name()
              + " policy keeps its name and its description: create another policy");
    }
  }

  private static Role settled(AccessTable table, Role given, Role existing, boolean create) {
    requireThere(given, existing, create);
    Role named = table.roleByName(given.name());
    if (named != null && !named.key().equals(given.key())) {
      throw new Refused(
          (create ? "Invalid Role: A Role with Name " : "Invalid Role: A role with name ")
              + Names.quote(given.name())
              + " already exists");
    }
    return new Role(
        create ? given.id() : existing.id(),
        given.name(),
        given.description(),
        policies(table, given.policies()),
        services(given.serviceIdentities()),
        once(given.nodeIdentities()),
        0,
        0);
  }

  private static List<String> policies(AccessTable table, List<String> links) {
    return links(table, AccessObject.Kind.POLICY, links);
  }

  private static List<String> roles(AccessTable table, List<String> links) {
    return links(table, AccessObject.Kind.ROLE, links);
  }

  /** As the ids are written where they belong to; each once. */
  private static List<String> links(AccessTable table, AccessObject.Kind kind, List<String> links) {
    Set<String> ids = new LinkedHashSet<>();
    for (String link : links) {
      AccessObject linked = table.get(kind, link);
      if (linked == null) {
        throw new Refused("No such ACL " + kind.text() + " with ID " + Names.quote(link));
      }
      ids.add(linked.id());
    }
    return List.copyOf(ids);
  }

  private static List<ServiceIdentity> services(List<ServiceIdentity> given) {
    return once(
        given.stream()
            .map(one -> new ServiceIdentity(one.service(), once(one.datacenters())))
            .toList());
  }

  /** Each once, in the order in which they came. */
  private static <T> List<T> once(List<T> given) {
    return List.copyOf(new LinkedHashSet<>(given));
  }
}
