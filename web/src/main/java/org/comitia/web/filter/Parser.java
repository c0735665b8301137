package org.comitia.web.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.comitia.state.RegexBudget;

/**
 * Reads an expression, in time proportional to its length. What Consul's parser tries in turn is
 * tried here in the same order, so that both agree on odd texts, too ({@code not in Tags} is a
 * match, {@code not not x == 1} is not).
 */
final class Parser {
  /** Parentheses and {@code not} within each other. */
  static final int MAX_DEPTH = 100;

  private final String text;
  private int at;
  private int depth;
  private int farthest;
  private final TreeSet<String> expected = new TreeSet<>();
  private final RegexBudget regexes = new RegexBudget();

  private Parser(String text) {
    this.text = text;
  }

  static Expression parse(String text) throws InvalidFilterException {
    Parser parser = new Parser(text);
    parser.skipBlanks();
    Expression expression = parser.or();
    if (expression != null) {
      parser.skipBlanks();
      if (parser.at == text.length()) {
        return expression;
      }
      parser.miss("EOF");
    }
    throw parser.noMatch();
  }

  // ---- what holds matches together: each gives null, and any position, when there is no match

  private Expression or() throws InvalidFilterException {
    List<Expression> operands = new ArrayList<>(2);
    do {
      Expression operand = and();
      if (operand == null) {
        return null;
      }
      operands.add(operand);
    } while (words("or"));
    return operands.size() == 1 ? operands.get(0) : new Expression.Or(operands);
  }

  private Expression and() throws InvalidFilterException {
    List<Expression> operands = new ArrayList<>(2);
    do {
      Expression operand = not();
      if (operand == null) {
        return null;
      }
      operands.add(operand);
    } while (words("and"));
    return operands.size() == 1 ? operands.get(0) : new Expression.And(operands);
  }

  private Expression not() throws InvalidFilterException {
    int from = at;
    if (literal("not") && blanks()) {
      deeper();
      Expression operand = not();
      depth--;
      if (operand != null) {
        return new Expression.Not(operand);
      }
    }
    at = from;
    return literal("(") ? group() : match();
  }

  private Expression group() throws InvalidFilterException {
    deeper();
    skipBlanks();
    Expression inner = or();
    depth--;
    if (inner == null) {
      return null;
    }
    skipBlanks();
    if (!literal(")")) {
      throw broken("grouping", "Unmatched parentheses");
    }
    return inner;
  }

  private void deeper() throws InvalidFilterException {
    if (++depth > MAX_DEPTH) {
      throw InvalidFilterException.overLimit(
          "the expression is nested more than " + MAX_DEPTH + " levels deep");
    }
  }

  // ---- matches

  private Expression match() throws InvalidFilterException {
    int from = at;
    List<String> selector = selector();
    if (selector != null) {
      int behind = at;
      Operator operator = beforeValue();
      String value = operator == null ? null : value();
      if (value != null) {
        return new Expression.Match(selector, operator, value, regexes);
      }
      at = behind;
      operator = emptiness();
      if (operator != null) {
        return new Expression.Match(selector, operator, null, regexes);
      }
    }
    at = from;
    return valueFirst();
  }

  private Expression valueFirst() throws InvalidFilterException {
    String value = value();
    if (value == null) {
      return null;
    }
    Operator operator = words("in") ? Operator.IN : words("not", "in") ? Operator.NOT_IN : null;
    if (operator == null) {
      return null;
    }
    List<String> selector = selector();
    if (selector == null) {
      throw broken("match", "Invalid selector");
    }
    return new Expression.Match(selector, operator, value, regexes);
  }

  private Operator beforeValue() {
    if (sign("==")) {
      return Operator.EQUAL;
    } else if (sign("!=")) {
      return Operator.NOT_EQUAL;
    } else if (words("contains")) {
      return Operator.IN;
    } else if (words("not", "contains")) {
      return Operator.NOT_IN;
    } else if (words("matches")) {
      return Operator.MATCHES;
    }
    return words("not", "matches") ? Operator.NOT_MATCHES : null;
  }

  private Operator emptiness() {
    int from = at;
    if (blanks() && literal("is") && blanks() && literal("empty")) {
      return Operator.IS_EMPTY;
    }
    at = from;
    if (blanks() && literal("is") && blanks() && literal("not") && blanks() && literal("empty")) {
      return Operator.IS_NOT_EMPTY;
    }
    at = from;
    return null;
  }

  // ---- selectors and values

  private List<String> selector() throws InvalidFilterException {
    String first = identifier();
    if (first == null) {
      return null;
    }
    List<String> names = new ArrayList<>(4);
    names.add(first);
    while (true) {
      int from = at;
      String next = literal(".") ? identifier() : null;
      if (next == null) {
        at = from;
        next = literal("[") ? index() : null;
      }
      if (next == null) {
        at = from;
        return names;
      }
      names.add(next);
    }
  }

  private String index() throws InvalidFilterException {
    skipBlanks();
    String key = string();
    if (key == null) {
      throw broken("index", "Invalid index");
    }
    skipBlanks();
    if (!literal("]")) {
      throw broken("index", "Unclosed index expression");
    }
    return key;
  }

  private String identifier() {
    int from = at;
    if (at < text.length() && isLetter(text.charAt(at))) {
      at++;
      while (at < text.length() && isLetterOrDigit(text.charAt(at))) {
        at++;
      }
      return text.substring(from, at);
    }
    miss("[a-zA-Z]");
    return null;
  }

  private String value() throws InvalidFilterException {
    List<String> selector = selector();
    if (selector != null) {
      return String.join(".", selector);
    }
    String number = number();
    return number == null ? string() : number;
  }

  private String number() throws InvalidFilterException {
    int from = at;
    if (at < text.length() && text.charAt(at) == '-') {
      at++;
    }
    int digits = at;
    skipDigits();
    if (at == digits) {
      at = from;
      miss("[0-9]");
      return null;
    }
    if (text.charAt(digits) == '0') {
      at = digits + 1;
    }
    if (at + 1 < text.length() && text.charAt(at) == '.' && isDigit(text.charAt(at + 1))) {
      at++;
      skipDigits();
    }
    if (at < text.length() && !isBlank(text.charAt(at)) && text.charAt(at) != ')') {
      throw broken("number", "Invalid number literal");
    }
    return text.substring(from, at);
  }

  private String string() throws InvalidFilterException {
    int from = at;
    if (at == text.length() || (text.charAt(at) != '"' && text.charAt(at) != '`')) {
      miss("\"\\\"\"");
      miss("\"`\"");
      return null;
    }
    int end = text.indexOf(text.charAt(at), at + 1);
    if (end < 0) {
      at = text.length();
      throw broken("string", "Unterminated string literal");
    }
    at = end + 1;
    String unquoted = Literals.unquote(text.substring(from, at));
    if (unquoted == null) {
      at = from;
      throw broken("string", "invalid syntax");
    }
    return unquoted;
  }

  // ---- terminals: each moves behind what it finds, or stays

  private boolean literal(String literal) {
    if (text.startsWith(literal, at)) {
      at += literal.length();
      return true;
    }
    miss('"' + literal + '"');
    return false;
  }

  private boolean sign(String sign) {
    int from = at;
    skipBlanks();
    if (literal(sign)) {
      skipBlanks();
      return true;
    }
    at = from;
    return false;
  }

  /** Words with blanks before, between and behind them. */
  private boolean words(String... words) {
    int from = at;
    for (String word : words) {
      if (!blanks() || !literal(word)) {
        at = from;
        return false;
      }
    }
    if (!blanks()) {
      at = from;
      return false;
    }
    return true;
  }

  private boolean blanks() {
    int from = at;
    skipBlanks();
    if (at == from) {
      miss("[ \\t\\r\\n]");
      return false;
    }
    return true;
  }

  private void skipBlanks() {
    while (at < text.length() && isBlank(text.charAt(at))) {
      at++;
    }
  }

  private void skipDigits() {
    while (at < text.length() && isDigit(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isLetterOrDigit(char c) {
    return isLetter(c) || isDigit(c) || c == '_';
  }

  // ---- errors

  private void miss(String terminal) {
    if (at > farthest) {
      farthest = at;
      expected.clear();
    }
    if (at == farthest) {
      expected.add(terminal);
    }
  }

  private InvalidFilterException noMatch() {
    List<String> terms = new ArrayList<>(expected);
    String last = terms.remove(terms.size() - 1);
    String all = terms.isEmpty() ? last : String.join(", ", terms) + " or " + last;
    return new InvalidFilterException(position(farthest) + ": no match found, expected: " + all);
  }

  private InvalidFilterException broken(String rule, String problem) {
    return new InvalidFilterException(position(at) + ": rule \"" + rule + "\": " + problem);
  }

  /** Line, column and offset, the latter from 0. */
  private String position(int offset) {
    String before = text.substring(0, offset);
    long line = 1 + before.chars().filter(c -> c == '\n').count();
    return line + ":" + (offset - before.lastIndexOf('\n')) + " (" + offset + ")";
  }
}
