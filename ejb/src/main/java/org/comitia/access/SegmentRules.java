package org.comitia.access;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * The rules about one resource, sorted by segment: one binary search finds the exact rule and the
 * longest prefix. Whatever begins with a prefix stands behind it without a gap, so the longest
 * prefix of a segment is the segment that sorts last before it, or one of those that this one
 * begins with. Nothing is made while it is asked.
 */
final class SegmentRules {
  private static final int NONE = -1;

  private final String[] segments;

  /** What the rule for exactly this segment says; null where there is none. */
  private final Access[] exact;

  /** What the rule for all that begins with this segment says; null where there is none. */
  private final Access[] prefixed;

  /** The longest shorter segment with a rule for all that begins so, or {@link #NONE}. */
  private final int[] enclosing;

  /** Where no rule fits. */
  private final Access otherwise;

  private final Access weakest;
  private final Access strongest;

  /**
   * @param rules of one resource, in any order; of two for the same the one that denies counts,
   *     else the one that allows more
   */
  SegmentRules(List<Rule> rules, Access otherwise) {
    TreeMap<String, Access[]> sorted = new TreeMap<>();
    for (Rule rule : rules) {
      Access[] both = sorted.computeIfAbsent(rule.segment(), any -> new Access[2]);
      // where there is just one segment, the rule about it is the one about all
      int kind = rule.prefix() || !rule.resource().segmented() ? 1 : 0;
      both[kind] = stronger(both[kind], rule.access());
    }
    int count = sorted.size();
    segments = sorted.keySet().toArray(new String[count]);
    exact = new Access[count];
    prefixed = new Access[count];
    enclosing = new int[count];
    int i = 0;
    for (Access[] both : sorted.values()) {
      exact[i] = both[0];
      prefixed[i] = both[1];
      i++;
    }
    this.otherwise = otherwise;
    enclose();
    Access everything = at(longestPrefix(""));
    weakest = outermost(everything, false);
    strongest = outermost(everything, true);
  }

  private static Access stronger(Access one, Access other) {
    if (one == null || other == Access.DENY) {
      return other;
    }
    return one == Access.DENY || one.compareTo(other) > 0 ? one : other;
  }

  private void enclose() {
    for (int i = 0; i < segments.length; i++) {
      int candidate = i - 1;
      while (candidate != NONE
          && (prefixed[candidate] == null || !segments[i].startsWith(segments[candidate]))) {
        candidate = enclosing[candidate];
      }
      enclosing[i] = candidate;
    }
  }

  private Access outermost(Access everything, boolean most) {
    Access found = everything;
    for (int i = 0; i < segments.length; i++) {
      found = outermost(found, exact[i], most);
      found = outermost(found, prefixed[i], most);
    }
    return found;
  }

  private static Access outermost(Access one, Access other, boolean most) {
    return other == null || one.compareTo(other) > 0 == most ? one : other;
  }

  /** What counts for a segment. */
  Access of(String segment) {
    int i = Arrays.binarySearch(segments, segment);
    return i >= 0 && exact[i] != null ? exact[i] : at(longestPrefix(segment, i));
  }

  /** Whether all that begins so is allowed. */
  boolean allowsPrefix(String prefix, Access access) {
    int i = Arrays.binarySearch(segments, prefix);
    if (!at(longestPrefix(prefix, i)).includes(access)) {
      return false;
    }
    for (int at = i >= 0 ? i : -i - 1;
        at < segments.length && segments[at].startsWith(prefix);
        at++) {
      if (isLess(exact[at], access) || isLess(prefixed[at], access)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLess(Access given, Access wanted) {
    return given != null && !given.includes(wanted);
  }

  /** Each rule decides about something, since names go on without an end. */
  boolean allowsAny(Access access) {
    return strongest.includes(access);
  }

  boolean allowsAll(Access access) {
    return weakest.includes(access);
  }

  private Access at(int i) {
    return i == NONE ? otherwise : prefixed[i];
  }

  private int longestPrefix(String segment) {
    return longestPrefix(segment, Arrays.binarySearch(segments, segment));
  }

  /**
   * @param found what the binary search gave
   */
  private int longestPrefix(String segment, int found) {
    if (found >= 0) {
      return prefixed[found] != null ? found : enclosing[found];
    }
    int i = -found - 2;
    if (i == NONE) {
      return NONE;
    }
    int common = common(segments[i], segment);
    while (i != NONE && (prefixed[i] == null || segments[i].length() > common)) {
      i = enclosing[i];
    }
    return i;
  }

  /** How many characters both begin with. */
  private static int common(String one, String other) {
    int most = Math.min(one.length(), other.length());
    int i = 0;
    while (i < most && one.charAt(i) == other.charAt(i)) {
      i++;
    }
    return i;
  }
}
