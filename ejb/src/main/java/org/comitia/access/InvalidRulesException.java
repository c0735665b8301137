package org.comitia.access;

/** Rules that cannot be read; the text names the line and what was expected there. */
public final class InvalidRulesException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int MOST_SHOWN = 64;

  InvalidRulesException(String problem) {
    super("Failed to parse ACL rules: " + problem, null, false, false);
  }

  InvalidRulesException(int line, String problem) {
    this("line " + line + ": " + problem);
  }

  /** What somebody wrote, as it may stand in an answer: in quotes, of one line, not long. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder().append('"');
    int end = Math.min(text.length(), MOST_SHOWN);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || !Character.isDefined(c) || odd(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(end < text.length() ? "...\"" : "\"").toString();
  }

  /** What turns the direction of a line or ends it, and halves of characters. */
  private static boolean odd(char c) {
    return Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029'
        || Character.isSurrogate(c);
  }
}
