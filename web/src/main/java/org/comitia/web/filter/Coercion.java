package org.comitia.web.filter;

import java.math.BigInteger;
import java.util.Locale;
import org.comitia.web.filter.Expression.Match;

/** Values of an expression as numbers and truth values, as Go's {@code strconv} reads them. */
final class Coercion {
  private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private Coercion() {}

  /**
   * A whole number: decimal, or with 0x, 0o, 0 or 0b in front.
   *
   * @throws InvalidFilterException with Go's text
   */
  static long number(Match match) throws InvalidFilterException {
    String text = match.value();
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    String lower = digits.toLowerCase(Locale.ROOT);
    int radix = 10;
    if (lower.startsWith("0x") || lower.startsWith("0o") || lower.startsWith("0b")) {
      radix = lower.charAt(1) == 'x' ? 16 : lower.charAt(1) == 'o' ? 8 : 2;
      digits = digits.substring(2);
    } else if (lower.length() > 1 && lower.startsWith("0")) {
      radix = 8;
      digits = digits.substring(1);
    }
    BigInteger number = unsigned(digits, radix);
    if (number == null) {
      throw failed(match, "strconv.ParseInt: parsing ", "invalid syntax");
    }
    number = negative ? number.negate() : number;
    if (number.compareTo(MIN) < 0 || number.compareTo(MAX) > 0) {
      throw failed(match, "strconv.ParseInt: parsing ", "value out of range");
    }
    return number.longValue();
  }

  private static BigInteger unsigned(String digits, int radix) {
    if (digits.isEmpty()
        || !digits.chars().allMatch(c -> c < 0x80 && Character.digit(c, radix) >= 0)) {
      return null;
    }
    return new BigInteger(digits, radix);
  }

  /**
   * @throws InvalidFilterException with Go's text
   */
  static boolean flag(Match match) throws InvalidFilterException {
    return switch (match.value()) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default -> throw failed(match, "strconv.ParseBool: parsing ", "invalid syntax");
    };
  }

  private static InvalidFilterException failed(Match match, String what, String why) {
    return new InvalidFilterException(
        "Failed to coerce value "
            + Literals.quoted(match.value())
            + " for selector "
            + match.quotedSelector()
            + ": "
            + what
            + Literals.quoted(match.value())
            + ": "
            + why);
  }
}
