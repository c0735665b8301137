package org.comitia.web.filter;

/** Quoted texts as Go reads and writes them. */
final class Literals {
  private static final int NONE = -1;

  private Literals() {}

  /** A text in double quotes, for an error message. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"', '\\' -> out.append('\\').append((char) c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c < 0x20 || c == 0x7f) {
                    out.append(String.format("\\x%02x", c));
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.append('"').toString();
  }

  /**
   * What a literal with its quotes means: backquoted as it is, double-quoted with Go's escapes.
   *
   * @return null when it is not valid
   */
  static String unquote(String literal) {
    String inner = literal.substring(1, literal.length() - 1);
    if (literal.charAt(0) == '`') {
      return inner.replace("\r", "");
    }
    StringBuilder out = new StringBuilder(inner.length());
    for (int i = 0; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c == '\n') {
        return null;
      } else if (c != '\\') {
        out.append(c);
      } else {
        int next = escape(inner, i + 1, out);
        if (next == NONE) {
          return null;
        }
        i = next - 1;
      }
    }
    return out.toString();
  }

  /**
   * Reads one escape sequence behind its backslash.
   *
   * @return where it ends, or {@link #NONE}
   */
  private static int escape(String text, int at, StringBuilder out) {
    if (at >= text.length()) {
      return NONE;
    }
    char kind = text.charAt(at);
    int simple = "abfnrtv\\\"".indexOf(kind);
    if (simple >= 0) {
      out.append("\u0007\b\f\n\r\t\u000b\\\"".charAt(simple));
      return at + 1;
    }
    return switch (kind) {
      case 'x' -> number(text, at + 1, 2, 16, 0xff, out);
      case 'u' -> number(text, at + 1, 4, 16, Character.MAX_CODE_POINT, out);
      case 'U' -> number(text, at + 1, 8, 16, Character.MAX_CODE_POINT, out);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> number(text, at, 3, 8, 0xff, out);
      default -> NONE;
    };
  }

  private static int number(
      String text, int at, int digits, int radix, int max, StringBuilder out) {
    long code = 0;
    for (int i = at; i < at + digits; i++) {
      int digit =
          i < text.length() && text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), radix) : -1;
      if (digit < 0) {
        return NONE;
      }
      code = code * radix + digit;
    }
    if (code > max || (code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE)) {
      return NONE;
    }
    out.appendCodePoint((int) code);
    return at + digits;
  }
}
