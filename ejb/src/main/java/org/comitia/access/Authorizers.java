package org.comitia.access;

import java.util.ArrayList;
import java.util.List;

/** Makes authorizers; {@link AuthorizerCache} keeps them. */
public final class Authorizers {
  private Authorizers() {}

  /**
   * @param rules of all policies that count, in any order
   * @param defaultPolicy what counts where no rule fits, but for {@link Resource#ACL}, which is
   *     denied then
   * @param management whether there are also the rules of {@link Policy#GLOBAL_MANAGEMENT}: beside
   *     others for the same segments they count as any rule does, so that a denial stays one
   * @param accessor for texts
   */
  public static Authorizer of(
      List<Rule> rules, Access defaultPolicy, boolean management, String accessor) {
    if (!management) {
      return new CompiledAuthorizer(rules, defaultPolicy, accessor);
    }
    List<Rule> all = new ArrayList<>(rules);
    for (Resource resource : Resource.values()) {
      all.add(new Rule(resource, "", resource.segmented(), Access.WRITE));
    }
    return new CompiledAuthorizer(all, defaultPolicy, accessor);
  }

  /**
   * What a token may do in a datacenter by its policies and identities and those of its roles. It
   * is not asked whether the token has expired. With a policy that cannot be read it may do
   * nothing, since nobody knows what that policy denies; such a policy is not let into the table.
   */
  public static Authorizer of(
      AccessTable table, Token token, String datacenter, Access defaultPolicy) {
    return of(sources(table, token), datacenter, defaultPolicy);
  }

  /** The token and what it is linked with: roles, policies, policies of roles. */
  static List<AccessObject> sources(AccessTable table, Token token) {
    List<AccessObject> all = new ArrayList<>(4);
    all.add(token);
    policies(table, token.policies(), all);
    for (String id : token.roles()) {
      Role role = table.role(id);
      if (role != null) {
        all.add(role);
        policies(table, role.policies(), all);
      }
    }
    return all;
  }

  private static void policies(AccessTable table, List<String> ids, List<AccessObject> into) {
    for (String id : ids) {
      Policy policy = table.policy(id);
      if (policy != null) {
        into.add(policy);
      }
    }
  }

  /**
   * @param sources as {@link #sources} gives them
   */
  static Authorizer of(List<AccessObject> sources, String datacenter, Access defaultPolicy) {
    String accessor = sources.get(0).id();
    try {
      return new CompiledAuthorizer(rules(sources, datacenter), defaultPolicy, accessor);
    } catch (InvalidRulesException e) {
      return new CompiledAuthorizer(List.of(), Access.DENY, accessor);
    }
  }

  /**
   * All rules that count for a token in a datacenter, those of its identities as well.
   *
   * @throws InvalidRulesException when one of its policies cannot be read: it may do nothing then
   */
  public static List<Rule> rules(AccessTable table, Token token, String datacenter)
      throws InvalidRulesException {
    return rules(sources(table, token), datacenter);
  }

  private static List<Rule> rules(List<AccessObject> sources, String datacenter)
      throws InvalidRulesException {
    List<Rule> rules = new ArrayList<>();
    for (AccessObject source : sources) {
      if (source instanceof Policy policy) {
        if (counts(policy.datacenters(), datacenter)) {
          rules.addAll(Rules.parse(policy.rules()).rules());
        }
      } else if (source instanceof Role role) {
        identities(role.serviceIdentities(), role.nodeIdentities(), datacenter, rules);
      } else if (source instanceof Token token) {
        identities(token.serviceIdentities(), token.nodeIdentities(), datacenter, rules);
      }
    }
    return rules;
  }

  private static boolean counts(List<String> datacenters, String datacenter) {
    return datacenters.isEmpty() || datacenters.contains(datacenter);
  }

  /** The rules that Consul puts in the place of an identity. */
  private static void identities(
      List<ServiceIdentity> services,
      List<NodeIdentity> nodes,
      String datacenter,
      List<Rule> into) {
    for (ServiceIdentity identity : services) {
      if (counts(identity.datacenters(), datacenter)) {
        String service = identity.service();
        into.add(new Rule(Resource.SERVICE, service, false, Access.WRITE));
        into.add(new Rule(Resource.SERVICE, service + "-sidecar-proxy", false, Access.WRITE));
        into.add(new Rule(Resource.SERVICE, "", true, Access.READ));
        into.add(new Rule(Resource.NODE, "", true, Access.READ));
      }
    }
    for (NodeIdentity identity : nodes) {
      if (identity.datacenter().equals(datacenter)) {
        into.add(new Rule(Resource.NODE, identity.node(), false, Access.WRITE));
        into.add(new Rule(Resource.SERVICE, "", true, Access.READ));
      }
    }
  }
}
