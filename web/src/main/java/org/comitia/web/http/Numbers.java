package org.comitia.web.http;

/** Numbers as Go's {@code strconv} reads them. */
public final class Numbers {
  private Numbers() {}

  /**
   * Reads an unsigned 64-bit decimal number.
   *
   * @throws NumberFormatException with Go's text
   */
  public static long parseUnsigned(String text) {
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new NumberFormatException(problem(text, "invalid syntax"));
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException tooLarge) {
      throw new NumberFormatException(problem(text, "value out of range"));
    }
  }

  private static String problem(String text, String what) {
    return "strconv.ParseUint: parsing \"" + text.replace("\"", "\\\"") + "\": " + what;
  }
}
