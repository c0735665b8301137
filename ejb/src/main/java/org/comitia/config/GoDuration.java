package org.comitia.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Consul's users write them: {@code 30s}, {@code 1m30s}, {@code 1.5h}, {@code 250ms}.
 */
public final class GoDuration {
  /** UTF-16 units, without the sign; longer ones are refused before they are looked at. */
  private static final int MAX_LENGTH = 64;

  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when the text is empty, has no unit, or is beyond 292 years
   */
  public static Duration parse(String text) {
    String body = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (body.equals("0")) {
      return Duration.ZERO;
    }
    if (body.isEmpty() || body.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("invalid duration \"" + text + "\"");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(body);
    int at = 0;
    while (at < body.length()) {
      if (!part.find(at) || part.start() != at) {
        String why = isUnitless(body) ? "missing unit in duration" : "invalid duration";
        throw new IllegalArgumentException(
            why + " \"" + text + "\" (write for example 30s or 1m30s)");
      }
      nanos =
          nanos.add(
              new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(NANOS.get(part.group(2)))));
      at = part.end();
    }
    if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("duration \"" + text + "\" is too long");
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    return text.startsWith("-") ? duration.negated() : duration;
  }

  /** Go's complaint about a text that is no duration; null for one that is. */
  public static String problem(String text) {
    try {
      parse(text).toNanos();
      return null;
    } catch (IllegalArgumentException | ArithmeticException e) {
      String body = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
      String why = isUnitless(body) ? "missing unit in" : "invalid";
      return "time: " + why + " duration \"" + text + "\"";
    }
  }

  /** A whole number beyond all bounds is none to Go either: it does not come to look for a unit. */
  private static boolean isUnitless(String body) {
    return body.length() <= MAX_LENGTH && body.matches("\\.*[0-9][0-9.]*");
  }

  /** Writes a duration as Go does: {@code 1m30s}, {@code 7s}, {@code 1.5ms}, {@code 0s}. */
  public static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    if (duration.isNegative()) {
      return "-" + format(duration.negated());
    }
    long nanos = duration.toNanos();
    if (nanos < 1_000L) {
      return nanos + "ns";
    }
    if (nanos < 1_000_000L) {
      return plain(nanos, 3) + "µs";
    }
    if (nanos < 1_000_000_000L) {
      return plain(nanos, 6) + "ms";
    }
    StringBuilder text = new StringBuilder();
    long hours = duration.toHours();
    if (hours > 0) {
      text.append(hours).append('h');
    }
    if (duration.toMinutes() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    long rest = nanos - duration.toMinutes() * 60_000_000_000L;
    return text.append(plain(rest, 9)).append('s').toString();
  }

  private static String plain(long nanos, int scale) {
    BigDecimal value = BigDecimal.valueOf(nanos, scale);
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
