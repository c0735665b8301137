package org.comitia.web.http;

import java.nio.charset.StandardCharsets;

/** Texts whose chars are bytes (ISO 8859-1), between decoding a URL and knowing what it names. */
public final class Octets {
  private Octets() {}

  /** The UTF-8 bytes of a text, one a char. */
  public static String of(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The bytes read as UTF-8; what is none becomes U+FFFD. */
  public static String text(String octets) {
    for (int i = 0; i < octets.length(); i++) {
      if (octets.charAt(i) >= 0x80) {
        return new String(bytes(octets), StandardCharsets.UTF_8);
      }
    }
    return octets;
  }

  public static byte[] bytes(String octets) {
    return octets.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * @return the value of the two hexadecimal digits at an index, or -1 when they are none
   */
  static int hexPair(String text, int at) {
    if (at + 2 > text.length()) {
      return -1;
    }
    int high = hexDigit(text.charAt(at));
    int low = hexDigit(text.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** Unlike {@link Character#digit} for ASCII only. */
  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
