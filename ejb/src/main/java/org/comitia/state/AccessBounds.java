package org.comitia.state;

import java.util.List;
import java.util.regex.Pattern;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/**
 * What tokens, policies and roles must look like, whatever the state, with Consul's texts. That the
 * rules of a policy can be read is looked at before they are proposed, and not here: another
 * version may read more of them. Pure functions.
 */
final class AccessBounds {
  /** Rules of a policy, in UTF-16 units. */
  static final int MAX_RULES_LENGTH = 64 * 1024;

  /**
   * Policies, roles and identities of a token or a role, and the datacenters of these, together.
   */
  static final int MAX_LINKS = 1_000;

  /** Datacenters of a policy. */
  static final int MAX_DATACENTERS = 1_000;

  /** Bytes of what is linked to: ids, names, datacenters. */
  static final int MAX_LINK_BYTES = 256;

  private static final String RESERVED = "00000000-0000-0000-0000-0000000000";

  private static final Pattern POLICY_NAME = Pattern.compile("[A-Za-z0-9\\-_]{1,128}");
  private static final Pattern ROLE_NAME = Pattern.compile("[A-Za-z0-9\\-_]{1,256}");
  private static final Pattern IDENTITY_NAME =
      Pattern.compile("[a-z0-9]|[a-z0-9][a-z0-9\\-_]{0,254}[a-z0-9]");

  private AccessBounds() {}

  // ---- bounds

  /** Which bound of this project's an object is over; null for none. */
  static String excess(AccessObject object) {
    String excess = Bounds.nameExcess("id", object.id());
    if (object instanceof Token token) {
      return Bounds.firstOf(
          excess,
          Bounds.nameExcess("token's secret", token.secret()),
          Bounds.nameExcess("description", token.description()),
          linkExcess("name of the token's auth method", token.authMethod()),
          linksExcess(
              List.of(token.policies(), token.roles()),
              token.serviceIdentities(),
              token.nodeIdentities()));
    } else if (object instanceof Policy policy) {
      return Bounds.firstOf(
          excess,
          Bounds.nameExcess("policy's name", policy.name()),
          Bounds.nameExcess("description", policy.description()),
          policy.rules().length() > MAX_RULES_LENGTH
              ? "the policy's rules have more than " + MAX_RULES_LENGTH + " characters"
              : null,
          Bounds.countExcess(
              "datacenters of a policy", policy.datacenters().size(), MAX_DATACENTERS),
          linksExcess("datacenter's name", policy.datacenters()));
    }
    Role role = (Role) object;
    return Bounds.firstOf(
        excess,
        Bounds.nameExcess("role's name", role.name()),
        Bounds.nameExcess("description", role.description()),
        linksExcess(List.of(role.policies()), role.serviceIdentities(), role.nodeIdentities()));
  }

  private static String linksExcess(
      List<List<String>> ids, List<ServiceIdentity> services, List<NodeIdentity> nodes) {
    long count = (long) services.size() + nodes.size();
    String excess = null;
    for (List<String> some : ids) {
      count += some.size();
      excess = Bounds.firstOf(excess, linksExcess("id of a link", some));
    }
    for (ServiceIdentity service : services) {
      count += service.datacenters().size();
      excess = Bounds.firstOf(excess, linksExcess("datacenter's name", service.datacenters()));
      excess = Bounds.firstOf(excess, linkExcess("service identity's name", service.service()));
    }
    for (NodeIdentity node : nodes) {
      excess = Bounds.firstOf(excess, linkExcess("node identity's name", node.node()));
      excess = Bounds.firstOf(excess, linkExcess("datacenter's name", node.datacenter()));
    }
    return count > MAX_LINKS
        ? "more than " + MAX_LINKS + " policies, roles and identities: " + count
        : excess;
  }

  private static String linksExcess(String what, List<String> links) {
    String excess = null;
    for (String link : links) {
      excess = excess == null ? linkExcess(what, link) : excess;
    }
    return excess;
  }

  private static String linkExcess(String what, String link) {
    return Names.isLonger(link, MAX_LINK_BYTES)
        ? "the " + what + " is longer than " + MAX_LINK_BYTES + " bytes"
        : null;
  }

  /** Why an archive's row cannot be one: no command would bring it. Null when it can. */
  static String rowExcess(AccessObject row) {
    String excess = excess(row);
    if (excess != null) {
      return excess;
    }
    if (row instanceof Token token) {
      boolean anonymous = token.key().equals(AccessTable.EMPTY.bySecret("").key());
      return anonymous == token.secret().equals(Token.ANONYMOUS_SECRET)
          ? refusal(row, false)
          : "a token has the anonymous token's secret or accessor alone";
    }
    return row instanceof Policy policy && AccessTable.isBuiltIn(policy)
        ? "a row is in the place of a builtin policy"
        : refusal(row, false);
  }

  // ---- Consul's rules

  /**
   * Why an object cannot be set, whatever the state; null when nothing speaks against it.
   *
   * @param create whether it is to be a new one
   */
  static String refusal(AccessObject object, boolean create) {
    if (object instanceof Token token) {
      return refusal(token, create);
    } else if (object instanceof Policy policy) {
      return refusal(policy);
    }
    return refusal((Role) object);
  }

  private static String refusal(Token token, boolean create) {
    String idRefusal = create ? newIdRefusal(token) : null;
    if (idRefusal != null) {
      return idRefusal;
    }
    if (CommandRules.uuidError(token.id()) != null) {
      return "AccessorID is not a valid UUID";
    } else if (token.createMillis() < 0
        || token.expirationMillis() < 0
        || token.expirationMillis() != 0 && token.expirationMillis() < token.createMillis()) {
      return "ExpirationTime cannot be before CreateTime";
    }
    return Bounds.firstOf(
        serviceRefusal(token.serviceIdentities(), token.local(), "token"),
        nodeRefusal(token.nodeIdentities(), "token"));
  }

  private static String newIdRefusal(Token token) {
    if (token.id().startsWith(RESERVED)) {
      return "Invalid Token: AccessorID - UUIDs with the prefix \"" + RESERVED + "\" are reserved";
    } else if (CommandRules.uuidError(token.id()) != null) {
      return "Invalid Token: AccessorID - not a valid UUID";
    }
    // Any other text may be a secret: acl.tokens.initial_management need be no UUID.
    return token.secret().isEmpty() ? "Invalid Token: SecretID - not a valid UUID" : null;
  }

  private static String refusal(Policy policy) {
    if (CommandRules.uuidError(policy.id()) != null) {
      return "Policy ID invalid UUID";
    } else if (policy.name().isEmpty()) {
      return "Invalid Policy: no Name is set";
    }
    boolean valid = AccessTable.isBuiltIn(policy) || POLICY_NAME.matcher(policy.name()).matches();
    return valid
        ? null
        : "Invalid Policy: invalid Name. Only alphanumeric characters, '-' and '_' are allowed";
  }

  private static String refusal(Role role) {
    if (CommandRules.uuidError(role.id()) != null) {
      return "Role ID invalid UUID";
    } else if (role.name().isEmpty()) {
      return "Invalid Role: no Name is set";
    } else if (!ROLE_NAME.matcher(role.name()).matches()) {
      return "Invalid Role: invalid Name. Only alphanumeric characters, '-' and '_' are allowed";
    }
    return Bounds.firstOf(
        serviceRefusal(role.serviceIdentities(), false, "role"),
        nodeRefusal(role.nodeIdentities(), "role"));
  }

  private static String serviceRefusal(List<ServiceIdentity> identities, boolean local, String of) {
    for (ServiceIdentity identity : identities) {
      String name = Names.quote(identity.service());
      if (identity.service().isEmpty()) {
        return "Service identity is missing the service name field on this " + of;
      } else if (local && !identity.datacenters().isEmpty()) {
        return "Service identity "
            + name
            + " cannot specify a list of datacenters on a local token";
      } else if (!IDENTITY_NAME.matcher(identity.service()).matches()) {
        return "Service identity "
            + name
            + " has an invalid name. Only lowercase alphanumeric characters, '-' and '_' are"
            + " allowed";
      }
    }
    return null;
  }

  private static String nodeRefusal(List<NodeIdentity> identities, String of) {
    for (NodeIdentity identity : identities) {
      if (identity.node().isEmpty()) {
        return "Node identity is missing the node name field on this " + of;
      } else if (identity.datacenter().isEmpty()) {
        return "Node identity is missing the datacenter field on this " + of;
      } else if (!IDENTITY_NAME.matcher(identity.node()).matches()) {
        return "Node identity has an invalid name. Only lowercase alphanumeric characters, '-' and"
            + " '_' are allowed";
      }
    }
    return null;
  }

  /** Why nothing can be deleted by this id; null when something can. */
  static String idRefusal(AccessObject.Kind kind, String id) {
    if (CommandRules.uuidError(id) == null) {
      return null;
    }
    return switch (kind) {
      case TOKEN -> "Accessor ID is missing or an invalid UUID";
      case POLICY -> "policy id is missing or an invalid UUID";
      case ROLE -> "role id is missing or an invalid UUID";
    };
  }
}
