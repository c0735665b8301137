package org.comitia.web.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The path of a request, percent-decoded once, as Consul's HTTP server (Go's {@code net/http})
 * reads it. Held as text of which each char is one byte (ISO 8859-1), since keys are bytes and need
 * not be UTF-8. Immutable.
 */
public final class RequestPath {
  private static final String UNESCAPED = "$&+,/:;=@-_.~";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final String bytes;

  private RequestPath(String bytes) {
    this.bytes = bytes;
  }

  /**
   * Decodes the raw request URI without its query.
   *
   * @return null when it is no valid path: a broken percent escape or a control character
   */
  public static RequestPath decode(String raw) {
    int length = raw.length();
    for (int i = 0; i < length; i++) {
      char c = raw.charAt(i);
      if (c == '%' || c >= 0x80) {
        return decodeFrom(raw, i);
      }
      if (c < 0x20 || c == 0x7f) {
        return null;
      }
    }
    return new RequestPath(raw);
  }

  private static RequestPath decodeFrom(String raw, int from) {
    StringBuilder out = new StringBuilder(raw.length()).append(raw, 0, from);
    for (int i = from; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int octet = Octets.hexPair(raw, i + 1);
        if (octet < 0) {
          return null;
        }
        out.append((char) octet);
        i += 2;
      } else if (c < 0x20 || c == 0x7f) {
        return null;
      } else if (c <= 0xff) {
        out.append(c);
      } else {
        out.append(Octets.of(new String(Character.toChars(raw.codePointAt(i)))));
        i += Character.isHighSurrogate(c) ? 1 : 0;
      }
    }
    return new RequestPath(out.toString());
  }

  /** The decoded bytes, one a char. */
  public String bytes() {
    return bytes;
  }

  /**
   * Whether every character would be printed by Go's {@code unicode.IsPrint}; Consul refuses other
   * paths with 400. A byte that is no UTF-8 counts as U+FFFD, which is printable.
   */
  public boolean printable() {
    boolean ascii = true;
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      if (c < 0x20 || c == 0x7f) {
        return false;
      }
      ascii &= c < 0x80;
    }
    return ascii || Octets.text(bytes).codePoints().allMatch(RequestPath::isPrint);
  }

  private static boolean isPrint(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /**
   * This path as Go's {@code ServeMux} cleans it: rooted, no empty, {@code .} or {@code ..}
   * elements, a slash at the end kept.
   *
   * @return this when it is clean already
   */
  public RequestPath clean() {
    if (bytes.startsWith("/")
        && !bytes.contains("//")
        && !bytes.contains("/./")
        && !bytes.contains("/../")
        && !bytes.endsWith("/.")
        && !bytes.endsWith("/..")) {
      return this;
    }
    Deque<String> elements = new ArrayDeque<>();
    for (String element : bytes.split("/")) {
      if (element.equals("..")) {
        elements.pollLast();
      } else if (!element.isEmpty() && !element.equals(".")) {
        elements.addLast(element);
      }
    }
    String cleaned = "/" + String.join("/", elements);
    return new RequestPath(bytes.endsWith("/") && cleaned.length() > 1 ? cleaned + "/" : cleaned);
  }

  /** This path with a slash at its end. */
  public RequestPath withSlash() {
    return new RequestPath(bytes + "/");
  }

  /** Percent-encoded as Go writes a URL's path, for a Location header. */
  public String escaped() {
    StringBuilder out = new StringBuilder(bytes.length() + 16);
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || UNESCAPED.indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RequestPath path && path.bytes.equals(bytes);
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  @Override
  public String toString() {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
