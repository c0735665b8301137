package org.comitia.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.comitia.access.RulesTree.Block;
import org.comitia.access.RulesTree.Entry;
import org.comitia.access.RulesTree.Sequence;
import org.comitia.access.RulesTree.Text;
import org.comitia.access.RulesTree.Value;

/**
 * What a policy says, read from HCL or JSON
 * (developer.hashicorp.com/consul/docs/security/acl/acl-rules). What Consul has and Comitia has
 * not, but what only ever allows more (the mesh's resources, {@code intentions}), is checked and
 * then left out. Any other name that is not known is refused, since it may be what keeps somebody
 * out: a misspelled attribute, {@code sentinel}, a namespace.
 */
public record Rules(List<Rule> rules) {
  /** Characters. */
  public static final int MAX_LENGTH = 64 * 1024;

  /** Rules of one policy. */
  public static final int MAX_RULES = 1_000;

  private static final Set<String> OF_THE_MESH = Set.of("mesh", "peering");
  private static final String SUFFIX = "_prefix";

  /** The resource and whether it is about a prefix, by the name that begins a rule. */
  private static final Map<String, Rule> BEGINNINGS = beginnings();

  public Rules {
    rules = List.copyOf(rules);
  }

  private static Map<String, Rule> beginnings() {
    Map<String, Rule> all = new HashMap<>();
    for (Resource resource : Resource.values()) {
      all.put(resource.text(), new Rule(resource, "", false, Access.DENY));
      if (resource.segmented()) {
        all.put(resource.text() + SUFFIX, new Rule(resource, "", true, Access.DENY));
      }
    }
    return Map.copyOf(all);
  }

  /**
   * @param text empty for no rule
   * @throws InvalidRulesException if it cannot be read, says what is not known, or is too much
   */
  public static Rules parse(String text) throws InvalidRulesException {
    if (text.length() > MAX_LENGTH) {
      throw new InvalidRulesException("longer than " + MAX_LENGTH + " characters");
    }
    List<Rule> rules = new ArrayList<>();
    Set<String> once = new HashSet<>();
    for (Entry entry : RulesTree.read(text).entries()) {
      Rule beginning = BEGINNINGS.get(entry.name());
      if (beginning != null && beginning.resource().segmented()) {
        segments(entry, beginning, rules);
        continue;
      } else if (beginning == null && !OF_THE_MESH.contains(entry.name())) {
        throw unknown(entry, "a resource", "");
      }
      once(entry, once);
      Access access = accessOrNone(entry, entry.name());
      if (beginning != null && access != null) {
        rules.add(new Rule(beginning.resource(), "", false, access));
      }
    }
    return new Rules(rules);
  }

  /** What stands behind e.g. {@code key_prefix}: names, each with a block. */
  private static void segments(Entry entry, Rule beginning, List<Rule> rules)
      throws InvalidRulesException {
    for (Block names : blocks(entry)) {
      for (Entry segment : names.entries()) {
        for (Block attributes : blocks(segment)) {
          if (rules.size() == MAX_RULES) {
            throw new InvalidRulesException(segment.line(), "more than " + MAX_RULES + " rules");
          }
          Access access = attributes(entry, attributes, beginning.resource());
          rules.add(new Rule(beginning.resource(), segment.name(), beginning.prefix(), access));
        }
      }
    }
  }

  private static Access attributes(Entry of, Block attributes, Resource resource)
      throws InvalidRulesException {
    Access access = null;
    Set<String> once = new HashSet<>();
    for (Entry attribute : attributes.entries()) {
      once(attribute, once);
      if (attribute.name().equals("policy")) {
        access = access(attribute, of.name(), resource == Resource.KEY);
      } else if (attribute.name().equals("intentions") && resource == Resource.SERVICE) {
        accessOrNone(attribute, of.name() + " intentions");
      } else {
        throw unknown(attribute, "an attribute", " of " + of.name());
      }
    }
    if (access == null) {
      throw new InvalidRulesException(
          attributes.line(), "expected a policy for this " + of.name() + ", found none");
    }
    return access;
  }

  /** The objects behind a name; those of a list count as if they stood one behind the other. */
  private static List<Block> blocks(Entry entry) throws InvalidRulesException {
    List<Block> blocks = new ArrayList<>(1);
    List<Value> values =
        entry.value() instanceof Sequence sequence ? sequence.values() : List.of(entry.value());
    for (Value value : values) {
      if (!(value instanceof Block block)) {
        throw new InvalidRulesException(
            value.line(), "expected a block behind " + InvalidRulesException.quoted(entry.name()));
      }
      blocks.add(block);
    }
    return blocks;
  }

  /** As {@link #access}, where an empty text says that there is none. */
  private static Access accessOrNone(Entry entry, String of) throws InvalidRulesException {
    boolean none = entry.value() instanceof Text text && text.text().isEmpty();
    return none ? null : access(entry, of, false);
  }

  private static Access access(Entry entry, String of, boolean list) throws InvalidRulesException {
    if (!(entry.value() instanceof Text text)) {
      throw new InvalidRulesException(
          entry.line(),
          "expected a string in quotes behind " + InvalidRulesException.quoted(entry.name()));
    }
    for (Access access : Access.values()) {
      if (access.text().equals(text.text()) && (list || access != Access.LIST)) {
        return access;
      }
    }
    throw new InvalidRulesException(
        text.line(),
        "Invalid "
            + of
            + " policy: expected \"deny\", \"read\""
            + (list ? ", \"list\"" : "")
            + " or \"write\", found "
            + InvalidRulesException.quoted(text.text()));
  }

  private static void once(Entry entry, Set<String> seen) throws InvalidRulesException {
    if (!seen.add(entry.name())) {
      throw new InvalidRulesException(
          entry.line(), "expected " + entry.name() + " once, found it again");
    }
  }

  private static InvalidRulesException unknown(Entry entry, String what, String of) {
    return new InvalidRulesException(
        entry.line(),
        "expected the name of "
            + what
            + of
            + ", found "
            + InvalidRulesException.quoted(entry.name()));
  }
}
