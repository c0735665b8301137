package org.comitia.state;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * What the regular expressions of one filter, one prepared query or one event may cost together.
 * RE2J matches in time proportional to an expression's compiled size, yet bounds neither that nor
 * the depth to which compiling recurses, and repetitions of repetitions are short to write. So an
 * expression is measured from its text before it is compiled. What is refused depends on the text
 * alone, not on a heap or a stack: every server refuses the same. Not safe for threads.
 */
public final class RegexBudget {
  /** Expressions that one budget compiles. */
  public static final int MAX_EXPRESSIONS = 32;

  /** Elements of all its expressions, each counted as often as it is repeated. */
  public static final int MAX_ELEMENTS = 10_000;

  /** UTF-16 units of an expression. */
  public static final int MAX_LENGTH = 4_096;

  /** Groups and repetitions within each other; {@code {n,m}} is as deep as it has optional ones. */
  public static final int MAX_DEPTH = 300;

  /**
   * Steps of an expression's match that take no character: anchors, groups' ends, and what may be
   * left out. RE2J's stack is as deep as so many stand in a row, and a small one has room for
   * these.
   */
  public static final int MAX_HOLLOW = 1_000;

  /** Groups of an expression; a match holds the place of each, once an element. */
  public static final int MAX_GROUPS = 100;

  private int expressions;
  private long elements;

  /**
   * Compiles an expression.
   *
   * @throws LimitExceededException when this expression, or all so far together, are over a bound
   * @throws PatternSyntaxException when it is no expression
   */
  public Pattern compile(String expression) {
    charge(expression);
    return Pattern.compile(expression);
  }

  /** As {@link #compile}, for what is compiled later. */
  void charge(String expression) {
    expressions++;
    require(expressions <= MAX_EXPRESSIONS, "more than %s regular expressions", MAX_EXPRESSIONS);
    require(
        expression.length() <= MAX_LENGTH,
        "a regular expression is longer than %s characters",
        MAX_LENGTH);
    RegexSize size = RegexSize.of(expression);
    require(
        size.depth() <= MAX_DEPTH,
        "a regular expression nests groups and repetitions more than %s levels deep",
        MAX_DEPTH);
    require(
        size.groups() <= MAX_GROUPS, "a regular expression has more than %s groups", MAX_GROUPS);
    require(
        !size.foldsRefusedBlock(),
        "a regular expression folds the case of a letter in U+1C80 to U+1C8F",
        0);
    elements += size.elements();
    require(
        elements <= MAX_ELEMENTS,
        "the regular expressions are too large: more than %s elements with their repetitions",
        MAX_ELEMENTS);
    require(
        size.hollow() <= MAX_HOLLOW,
        "a regular expression has more than %s anchors, groups, alternatives and optional parts,"
            + " with their repetitions",
        MAX_HOLLOW);
  }

  private static void require(boolean holds, String text, int bound) {
    if (!holds) {
      throw new LimitExceededException(text.replace("%s", Integer.toString(bound)));
    }
  }
}
