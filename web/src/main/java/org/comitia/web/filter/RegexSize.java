package org.comitia.web.filter;

import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How large a regular expression becomes when it is compiled: RE2 matches in time proportional to
 * that, yet {@code ((a{1000}){1000}){1000}} is short to write. The estimate errs on the high side.
 */
final class RegexSize {
  /** Elements, each repeated as often as it says. */
  static final int MAX = 10_000;

  private final String text;
  private int at;
  private long total;
  private long last;
  private final Deque<Long> outer = new ArrayDeque<>();

  private RegexSize(String text) {
    this.text = text;
  }

  /**
   * @return the same expression
   * @throws PatternSyntaxException when it would be larger than {@link #MAX}
   */
  static String checked(String expression) {
    if (new RegexSize(expression).measure() > MAX) {
      throw new PatternSyntaxException("expression too large", expression);
    }
    return expression;
  }

  private long measure() {
    while (at < text.length() && total <= MAX) {
      char c = text.charAt(at++);
      switch (c) {
        case '(' -> {
          outer.push(total);
          total = 0;
          last = 0;
        }
        case ')' -> {
          last = total + 1;
          total = last + (outer.isEmpty() ? 0 : outer.pop());
        }
        case '{' -> repeat();
        case '\\' -> {
          at++;
          element();
        }
        case '[' -> {
          skipClass();
          element();
        }
        default -> element();
      }
    }
    while (!outer.isEmpty()) {
      total += outer.pop();
    }
    return total;
  }

  private void element() {
    last = 1;
    total++;
  }

  private void skipClass() {
    if (at < text.length() && text.charAt(at) == '^') {
      at++;
    }
    // A bracket that comes first is one of the class.
    for (at++; at < text.length() && text.charAt(at) != ']'; at++) {
      at += text.charAt(at) == '\\' ? 1 : 0;
    }
    at++;
  }

  private void repeat() {
    int end = text.indexOf('}', at);
    long times = end < 0 ? 1 : times(text.substring(at, end));
    if (times > 1) {
      total += last * (times - 1);
      last *= times;
    }
  }

  /** The highest count of {@code n}, {@code n,} and {@code n,m}; 1 for what is no repetition. */
  private static long times(String counts) {
    long times = 1;
    for (String count : counts.split(",", 3)) {
      if (count.length() > 4 || !count.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return 1; // no repetition, or one that RE2 refuses itself
      }
      times = Math.max(times, count.isEmpty() ? 1 : Integer.parseInt(count));
    }
    return times;
  }
}
