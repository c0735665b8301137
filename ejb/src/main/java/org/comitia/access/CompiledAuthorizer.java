package org.comitia.access;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What {@link Authorizers} makes. */
final class CompiledAuthorizer implements Authorizer {
  /** By ordinal of the resource. */
  private final SegmentRules[] rules;

  private final String accessor;

  CompiledAuthorizer(List<Rule> all, Access defaultPolicy, String accessor) {
    Map<Resource, List<Rule>> byResource = new EnumMap<>(Resource.class);
    for (Rule rule : all) {
      byResource.computeIfAbsent(rule.resource(), any -> new ArrayList<>()).add(rule);
    }
    rules = new SegmentRules[Resource.values().length];
    for (Resource resource : Resource.values()) {
      rules[resource.ordinal()] =
          new SegmentRules(
              byResource.getOrDefault(resource, List.of()), ofAll(resource, defaultPolicy));
    }
    this.accessor = accessor;
  }

  /** As in Consul, the policy of all does not make everybody a manager of tokens. */
  private static Access ofAll(Resource resource, Access defaultPolicy) {
    return resource == Resource.ACL ? Access.DENY : defaultPolicy;
  }

  private SegmentRules of(Resource resource) {
    return rules[resource.ordinal()];
  }

  @Override
  public boolean allows(Resource resource, String segment, Access access) {
    return of(resource).of(resource.segmented() ? segment : "").includes(access);
  }

  @Override
  public boolean allowsPrefix(Resource resource, String prefix, Access access) {
    return of(resource).allowsPrefix(resource.segmented() ? prefix : "", access);
  }

  @Override
  public boolean allowsAny(Resource resource, Access access) {
    return of(resource).allowsAny(access);
  }

  @Override
  public boolean allowsAll(Resource resource, Access access) {
    return of(resource).allowsAll(access);
  }

  @Override
  public String accessor() {
    return accessor;
  }

  /** Without the rules, whose names may be secret. */
  @Override
  public String toString() {
    return "Authorizer[" + accessor + "]";
  }
}
