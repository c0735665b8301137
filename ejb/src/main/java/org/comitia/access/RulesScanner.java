package org.comitia.access;

/**
 * Splits a text of rules into strings, words and signs, in time proportional to its length. HCL's
 * and JSON's differ in their escapes and in comments, which JSON has none of.
 */
final class RulesScanner {
  private static final String ESCAPES_OF_HCL = "abfnrtv\\\"";
  private static final String MEANT_BY_HCL = "\u0007\b\f\n\r\t\u000b\\\"";
  private static final String ESCAPES_OF_JSON = "bfnrt\\\"/";
  private static final String MEANT_BY_JSON = "\b\f\n\r\t\\\"/";

  enum Kind {
    STRING,
    WORD,
    SIGN,
    END
  }

  /**
   * @param text what a string means, else as it was written
   * @param line from 1
   */
  record Lexeme(Kind kind, String text, int line) {
    boolean is(String sign) {
      return kind == Kind.SIGN && text.equals(sign);
    }

    /** As it may stand in an error text. */
    String shown() {
      return kind == Kind.END ? "the end" : InvalidRulesException.quoted(text);
    }
  }

  private final String text;
  private final boolean json;
  private int at;
  private int line = 1;

  RulesScanner(String text) {
    this.text = text;
    skipBlanks();
    // as HCL's reader tells them apart
    json = at < text.length() && text.charAt(at) == '{';
  }

  boolean json() {
    return json;
  }

  /** The next one; at the end {@link Kind#END}, as often as asked. */
  Lexeme next() throws InvalidRulesException {
    skipBlanksAndComments();
    if (at == text.length()) {
      return new Lexeme(Kind.END, "", line);
    }
    char c = text.charAt(at);
    if (c == '"') {
      return string();
    } else if (isOfWord(c)) {
      return word();
    } else if (c == '<') {
      throw new InvalidRulesException(
          line, "a heredoc ends with a newline, which no name or policy does: use a quoted string");
    }
    at++;
    return new Lexeme(Kind.SIGN, String.valueOf(c), line);
  }

  // ---- what stands between

  private void skipBlanksAndComments() throws InvalidRulesException {
    skipBlanks();
    while (!json && comment()) {
      skipBlanks();
    }
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      step();
    }
  }

  private void step() {
    if (text.charAt(at++) == '\n') {
      line++;
    }
  }

  private boolean comment() throws InvalidRulesException {
    if (text.startsWith("#", at) || text.startsWith("//", at)) {
      int end = text.indexOf('\n', at);
      at = end < 0 ? text.length() : end;
      return true;
    } else if (!text.startsWith("/*", at)) {
      return false;
    }
    int end = text.indexOf("*/", at + 2);
    if (end < 0) {
      throw new InvalidRulesException(line, "expected \"*/\" behind the comment that begins here");
    }
    while (at < end + 2) {
      step();
    }
    return true;
  }

  // ---- words and strings

  private static boolean isOfWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '+';
  }

  private Lexeme word() {
    int from = at;
    while (at < text.length() && isOfWord(text.charAt(at))) {
      at++;
    }
    return new Lexeme(Kind.WORD, text.substring(from, at), line);
  }

  private Lexeme string() throws InvalidRulesException {
    at++;
    StringBuilder out = new StringBuilder();
    while (true) {
      char c = at < text.length() ? text.charAt(at) : '\n';
      if (c == '\n') {
        throw new InvalidRulesException(line, "expected a quote that ends the string");
      }
      at++;
      if (c == '"') {
        return new Lexeme(Kind.STRING, out.toString(), line);
      } else if (c == '\\') {
        escape(out);
      } else if (c == '$' && !json && text.startsWith("{", at)) {
        // between these braces HCL has rules of its own for quotes and escapes
        throw new InvalidRulesException(line, "interpolation ($ and a brace) is not supported");
      } else if (json && c < ' ') {
        throw new InvalidRulesException(line, "expected no control character in a string");
      } else {
        out.append(c);
      }
    }
  }

  private void escape(StringBuilder out) throws InvalidRulesException {
    char kind = at < text.length() ? text.charAt(at) : '\n';
    int simple = (json ? ESCAPES_OF_JSON : ESCAPES_OF_HCL).indexOf(kind);
    if (simple >= 0) {
      at++;
      out.append((json ? MEANT_BY_JSON : MEANT_BY_HCL).charAt(simple));
    } else if (kind == 'u' && json) {
      unicodeOfJson(out);
    } else if (kind == 'u' || kind == 'U') {
      at++;
      out.appendCodePoint(number(kind == 'u' ? 4 : 8, 16, Character.MAX_CODE_POINT));
    } else if (kind == 'x' && !json) {
      at++;
      out.append((char) number(2, 16, 0x7f));
    } else if (kind >= '0' && kind <= '7' && !json) {
      out.append((char) number(3, 8, 0x7f));
    } else {
      throw badEscape();
    }
  }

  /** A character above 16 bits is two escapes there. */
  private void unicodeOfJson(StringBuilder out) throws InvalidRulesException {
    at++;
    char first = (char) digits(4, 16);
    out.append(first);
    if (Character.isHighSurrogate(first) && text.startsWith("\\u", at)) {
      at += 2;
      char second = (char) digits(4, 16);
      if (Character.isLowSurrogate(second)) {
        out.append(second);
        return;
      }
    }
    if (Character.isSurrogate(first)) {
      throw badEscape();
    }
  }

  /** A character; what stands above {@code max} would be a byte that is no UTF-8, or nothing. */
  private int number(int count, int radix, int max) throws InvalidRulesException {
    long code = digits(count, radix);
    if (code > max || (code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE)) {
      throw badEscape();
    }
    return (int) code;
  }

  private long digits(int count, int radix) throws InvalidRulesException {
    long number = 0;
    for (int i = 0; i < count; i++, at++) {
      char c = at < text.length() ? text.charAt(at) : '\n';
      int digit = c < 0x80 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        throw badEscape();
      }
      number = number * radix + digit;
    }
    return number;
  }

  private InvalidRulesException badEscape() {
    return new InvalidRulesException(line, "expected a valid escape behind the backslash");
  }
}
