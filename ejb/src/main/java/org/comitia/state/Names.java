package org.comitia.state;

/**
 * Names of nodes and services and ids of services and checks: compared without regard to case, as
 * Consul does, but shown as they were written. Only ASCII letters are folded: what Unicode folds
 * depends on the version of Java, and servers with different versions must agree. Pure functions.
 */
public final class Names {
  /** Bytes of a lone surrogate that stands for no byte. */
  private static final int MAX_STORED_UNIT = 6;

  private Names() {}

  /** The form under which a name is found in the maps of {@link StateVersion}. */
  public static String fold(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (isUpper(name.charAt(i))) {
        return foldFrom(name, i);
      }
    }
    return name;
  }

  /** Whether two names are the same name. */
  public static boolean same(String a, String b) {
    return fold(a).equals(fold(b));
  }

  /**
   * Whether a key or a name takes more than so many bytes where it is stored: UTF-8, in which a
   * backslash takes 2 bytes, NUL and a byte that is not UTF-8 ({@link Keys}) 4.
   */
  public static boolean isLonger(String text, int bytes) {
    if (text.length() <= bytes / MAX_STORED_UNIT) {
      return false;
    }
    int length = 0;
    for (int i = 0; i < text.length() && length <= bytes; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        length += 2;
      } else if (c == 0) {
        length += 4;
      } else if (c < 0x80) {
        length++;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        length += 4;
        i++;
      } else {
        length += c >= 0xDC80 && c <= 0xDCFF ? 4 : MAX_STORED_UNIT;
      }
    }
    return length > bytes;
  }

  /**
   * As Go's {@code %q} writes text that is printable; a byte of a key that is not part of UTF-8
   * ({@link Keys}) becomes {@code \xFF}, so that the text can be sent.
   */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    text.codePoints().forEach(c -> quote(c, quoted));
    return quoted.append('"').toString();
  }

  private static void quote(int c, StringBuilder quoted) {
    if (c == '"' || c == '\\') {
      quoted.append('\\').append((char) c);
    } else if (c == '\n') {
      quoted.append("\\n");
    } else if (c == '\t') {
      quoted.append("\\t");
    } else if (c < 0x20 || c == 0x7F || c >= 0xDC80 && c <= 0xDCFF) {
      quoted.append("\\x").append(Character.forDigit(c >> 4 & 0xF, 16));
      quoted.append(Character.forDigit(c & 0xF, 16));
    } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      quoted.append('\uFFFD');
    } else {
      quoted.appendCodePoint(c);
    }
  }

  private static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }

  private static String foldFrom(String name, int from) {
    char[] folded = name.toCharArray();
    for (int i = from; i < folded.length; i++) {
      if (isUpper(folded[i])) {
        folded[i] += 'a' - 'A';
      }
    }
    return new String(folded);
  }
}
