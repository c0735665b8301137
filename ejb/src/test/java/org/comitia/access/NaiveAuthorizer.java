package org.comitia.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@link Authorizer}'s sentences word for word: each question goes through all rules, and what is
 * asked about many segments through all that can be made of three letters, the last of which no
 * rule may use.
 */
record NaiveAuthorizer(List<Rule> rules, Access defaultPolicy, String accessor)
    implements Authorizer {
  /** Characters of the longest segment in a rule. */
  static final int LONGEST_RULE = 3;

  /** By the prefix that all of them begin with. */
  private static final Map<String, List<String>> SEGMENTS = new ConcurrentHashMap<>();

  private Access decide(Resource resource, String segment) {
    Rule best = null;
    for (Rule rule : rules) {
      if (rule.resource() == resource && fits(rule, segment) && isBetter(rule, best)) {
        best = rule;
      }
    }
    Access ofAll = resource == Resource.ACL ? Access.DENY : defaultPolicy;
    return best == null ? ofAll : best.access();
  }

  private static boolean fits(Rule rule, String segment) {
    return rule.prefix() ? segment.startsWith(rule.segment()) : segment.equals(rule.segment());
  }

  private static boolean isBetter(Rule rule, Rule best) {
    if (best == null) {
      return true;
    } else if (rule.prefix() != best.prefix()) {
      return !rule.prefix();
    } else if (rule.segment().length() != best.segment().length()) {
      return rule.segment().length() > best.segment().length();
    }
    return best.access() != Access.DENY
        && (rule.access() == Access.DENY || rule.access().compareTo(best.access()) > 0);
  }

  private static List<String> segments(Resource resource, String prefix) {
    return resource.segmented()
        ? SEGMENTS.computeIfAbsent(prefix, NaiveAuthorizer::beginningWith)
        : List.of("");
  }

  private static List<String> beginningWith(String prefix) {
    List<String> all = new ArrayList<>(List.of(prefix));
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).length() <= LONGEST_RULE) {
        for (char next = 'a'; next <= 'c'; next++) {
          all.add(all.get(i) + next);
        }
      }
    }
    return all;
  }

  @Override
  public boolean allows(Resource resource, String segment, Access access) {
    return decide(resource, resource.segmented() ? segment : "").includes(access);
  }

  @Override
  public boolean allowsPrefix(Resource resource, String prefix, Access access) {
    return segments(resource, prefix).stream()
        .allMatch(segment -> decide(resource, segment).includes(access));
  }

  @Override
  public boolean allowsAny(Resource resource, Access access) {
    return segments(resource, "").stream()
        .anyMatch(segment -> decide(resource, segment).includes(access));
  }

  @Override
  public boolean allowsAll(Resource resource, Access access) {
    return allowsPrefix(resource, "", access);
  }
}
