package org.comitia.web.http;

import java.util.Locale;

/** The header {@code Accept-Encoding}. */
final class AcceptEncoding {
  private AcceptEncoding() {}

  /**
   * Whether it names gzip with a weight above zero.
   *
   * @param header may be null
   */
  static boolean takesGzip(String header) {
    if (header == null) {
      return false;
    }
    for (String coding : header.toLowerCase(Locale.ROOT).split(",")) {
      String[] parts = coding.split(";", 2);
      if (parts[0].strip().equals("gzip")) {
        return parts.length == 1 || !parts[1].strip().matches("q=0(\\.0*)?");
      }
    }
    return false;
  }
}
