package org.comitia.storage;

/**
 * Text as the tables hold it. Databases take only proper Unicode, and PostgreSQL no NUL, while keys
 * may hold any byte: the state keeps a byte that is not UTF-8 as a lone surrogate U+DC80..U+DCFF.
 * Stored, such a byte reads {@code \xFF}, NUL reads <code>&#92;x00</code>, any other lone surrogate
 * <code>&#92;uD800</code>, and a backslash is doubled, which makes the escape unambiguous. All
 * other text is stored as it is.
 */
final class StoredText {
  private StoredText() {}

  static String escape(String text) {
    if (text == null) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      if (isSpecial(text.charAt(i))) {
        return escapeFrom(text, i);
      }
    }
    return text;
  }

  private static boolean isSpecial(char c) {
    return c == '\\' || c == 0 || Character.isSurrogate(c);
  }

  private static String escapeFrom(String text, int start) {
    StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, start);
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        out.append("\\\\");
      } else if (c == 0) {
        out.append("\\x00");
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        out.append(c).append(text.charAt(++i));
      } else if (c >= 0xDC80 && c <= 0xDCFF) {
        out.append(String.format("\\x%02X", c - 0xDC00));
      } else if (Character.isSurrogate(c)) {
        out.append(String.format("\\u%04X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * @throws DamagedRowException when {@code stored} is not the result of {@link #escape}
   */
  static String unescape(String stored) {
    if (stored == null || stored.indexOf('\\') < 0) {
      return stored;
    }
    StringBuilder out = new StringBuilder(stored.length());
    int i = 0;
    while (i < stored.length()) {
      char c = stored.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char kind = i < stored.length() ? stored.charAt(i++) : 0;
      switch (kind) {
        case '\\' -> out.append('\\');
        case 'x' -> {
          int value = hex(stored, i, 2);
          out.append((char) (value == 0 ? 0 : 0xDC00 + value));
          i += 2;
        }
        case 'u' -> {
          out.append((char) hex(stored, i, 4));
          i += 4;
        }
        default -> throw new DamagedRowException("stored text has a bad escape: " + stored);
      }
    }
    return out.toString();
  }

  private static int hex(String text, int at, int digits) {
    try {
      return Integer.parseInt(text, at, at + digits, 16);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new DamagedRowException("stored text has a bad escape: " + text);
    }
  }
}
