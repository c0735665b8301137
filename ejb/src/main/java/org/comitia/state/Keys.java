package org.comitia.state;

import java.util.Arrays;
import java.util.Comparator;

/**
 * KV keys as Java strings. In Consul a key is a byte string; here its valid UTF-8 parts are decoded
 * and every byte that is not part of valid UTF-8 becomes one lone surrogate U+DC80..U+DCFF (the
 * "surrogateescape" of Python's PEP 383), so that every byte string has exactly one string and
 * comes back unchanged. Pure functions, safe for any thread.
 */
public final class Keys {
  private static final char ESCAPE = '\uDC00';

  /**
   * Orders keys as their bytes compare, unsigned: the order of Consul's listings, and of every map
   * here that has keys. Consistent with equals for strings that {@link #fromBytes} made.
   */
  public static final Comparator<String> BYTE_ORDER = Keys::compare;

  private Keys() {}

  /** The string that stands for these bytes. */
  public static String fromBytes(byte[] bytes) {
    StringBuilder key = new StringBuilder(bytes.length);
    int i = 0;
    while (i < bytes.length) {
      int length = sequenceLength(bytes, i);
      if (length == 0) {
        key.append((char) (ESCAPE | (bytes[i] & 0xFF)));
        i++;
      } else {
        key.appendCodePoint(codePoint(bytes, i, length));
        i += length;
      }
    }
    return key.toString();
  }

  /**
   * The bytes that a key stands for.
   *
   * @throws IllegalArgumentException if the string has a surrogate that stands for no byte
   */
  public static byte[] toBytes(String key) {
    byte[] bytes = new byte[byteLength(key)];
    int at = 0;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c < 0x80) {
        bytes[at++] = (byte) c;
      } else if (isEscape(key, i)) {
        bytes[at++] = (byte) c;
      } else {
        int codePoint = key.codePointAt(i);
        at = encode(codePoint, bytes, at);
        i += Character.charCount(codePoint) - 1;
      }
    }
    return bytes;
  }

  /**
   * How many bytes a key has.
   *
   * @throws IllegalArgumentException as {@link #toBytes}
   */
  public static int byteLength(String key) {
    int length = 0;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c < 0x80) {
        length++;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < key.length()
          && Character.isLowSurrogate(key.charAt(i + 1))) {
        length += 4;
        i++;
      } else if (c >= '\uDC80' && c <= '\uDCFF') {
        length++;
      } else {
        throw new IllegalArgumentException(
            "a surrogate at position " + i + " of the key stands for no byte");
      }
    }
    return length;
  }

  /**
   * The first key in byte order that comes after all keys with this prefix, or null when there is
   * none (a prefix that is empty, or of 0xFF only).
   */
  public static String afterPrefix(String prefix) {
    byte[] bytes = toBytes(prefix);
    for (int last = bytes.length - 1; last >= 0; last--) {
      if (bytes[last] != (byte) 0xFF) {
        byte[] after = Arrays.copyOf(bytes, last + 1);
        after[last]++;
        return fromBytes(after);
      }
    }
    return null;
  }

  /**
   * Cuts a key after the first separator behind the prefix, byte by byte, as Consul's {@code
   * ?keys&separator=}.
   *
   * @param key begins with {@code prefix}
   * @param separator empty: the key stays whole
   */
  public static String cut(String key, String prefix, String separator) {
    if (separator.isEmpty()) {
      return key;
    }
    if (!hasEscape(prefix) && !hasEscape(separator)) {
      // UTF-8 synchronizes itself: whole characters match in the string where their bytes match
      int at = key.indexOf(separator, prefix.length());
      return at < 0 ? key : key.substring(0, at + separator.length());
    }
    byte[] k = toBytes(key);
    byte[] s = toBytes(separator);
    for (int at = byteLength(prefix); at + s.length <= k.length; at++) {
      if (Arrays.equals(k, at, at + s.length, s, 0, s.length)) {
        return fromBytes(Arrays.copyOf(k, at + s.length));
      }
    }
    return key;
  }

  /** The longest part of a prefix that is a prefix of every such key's string as well. */
  public static String stringPrefix(String prefix) {
    int end = prefix.length();
    while (end > 0 && isEscape(prefix, end - 1)) {
      end--;
    }
    return prefix.substring(0, end);
  }

  private static int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        return Character.isSurrogate(x) || Character.isSurrogate(y)
            ? compareBytes(a, b, i)
            : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Surrogates sort below U+E000, and an escaped byte may equal the other's lead byte. */
  private static int compareBytes(String a, String b, int differ) {
    int from = differ > 0 && Character.isHighSurrogate(a.charAt(differ - 1)) ? differ - 1 : differ;
    return Arrays.compareUnsigned(toBytes(a.substring(from)), toBytes(b.substring(from)));
  }

  private static boolean hasEscape(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isEscape(text, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEscape(String text, int i) {
    char c = text.charAt(i);
    return c >= '\uDC80'
        && c <= '\uDCFF'
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }

  /** The length of the valid UTF-8 sequence (Unicode, table 3-7) at {@code i}; 0 for none. */
  private static int sequenceLength(byte[] b, int i) {
    int lead = b[i] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
      return 0;
    }
    int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (i + length > b.length || !within(b[i + 1], low, high)) {
      return 0;
    }
    for (int k = 2; k < length; k++) {
      if (!within(b[i + k], 0x80, 0xBF)) {
        return 0;
      }
    }
    return length;
  }

  private static boolean within(byte b, int low, int high) {
    return (b & 0xFF) >= low && (b & 0xFF) <= high;
  }

  private static int codePoint(byte[] b, int i, int length) {
    int value = length == 1 ? b[i] : b[i] & (0xFF >> (length + 1));
    for (int k = 1; k < length; k++) {
      value = value << 6 | (b[i + k] & 0x3F);
    }
    return value;
  }

  private static int encode(int codePoint, byte[] out, int at) {
    if (codePoint < 0x800) {
      out[at++] = (byte) (0xC0 | codePoint >> 6);
    } else {
      if (codePoint < 0x10000) {
        out[at++] = (byte) (0xE0 | codePoint >> 12);
      } else {
        out[at++] = (byte) (0xF0 | codePoint >> 18);
        out[at++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
      }
      out[at++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
    }
    out[at++] = (byte) (0x80 | codePoint & 0x3F);
    return at;
  }
}
