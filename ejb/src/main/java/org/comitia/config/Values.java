package org.comitia.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The texts of settings and what they mean. Every method throws IllegalArgumentException saying
 * what it expected.
 */
final class Values {
  private static final Pattern UUID_FORM =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
  private static final Pattern IPV4 =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*(%[\\w.]+)?");

  private static final Pattern UNESCAPED_COMMA = Pattern.compile("(?<!\\\\),");

  private Values() {}

  static Object bool(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes", "on":
        return Boolean.TRUE;
      case "false", "0", "no", "off":
        return Boolean.FALSE;
      default:
        throw new IllegalArgumentException("cannot be \"" + text + "\". Must be true or false");
    }
  }

  static Object integer(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("cannot be \"" + text + "\". Must be a whole number");
    }
  }

  static Object decimal(String text) {
    try {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The same answer as for what is not finite.
    }
    throw new IllegalArgumentException("cannot be \"" + text + "\". Must be a number");
  }

  static Object limitMode(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "disabled":
        return LimitSettings.Mode.DISABLED;
      case "permissive":
        return LimitSettings.Mode.PERMISSIVE;
      case "enforcing":
        return LimitSettings.Mode.ENFORCING;
      default:
        throw new IllegalArgumentException(
            "cannot be \"" + text + "\". Must be one of disabled, permissive, enforcing");
    }
  }

  static Object text(String text) {
    return text;
  }

  /**
   * A share of something, 1% to 90%, or a number of bytes from 1024 up: bytes by that something.
   */
  static Object share(String text) {
    String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    boolean isShare = digits.length() < text.length();
    long number = digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
    if (isShare ? number < 1 || number > 90 : number < 1024) {
      throw new IllegalArgumentException(
          "cannot be \""
              + text
              + "\". Must be a share such as 40% (1% to 90%) or at least 1024 bytes");
    }
    return (LongUnaryOperator) whole -> isShare ? whole / 100 * number : number;
  }

  static Object uuid(String text) {
    if (!UUID_FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "cannot be \"" + text + "\". Must be a UUID of 36 characters");
    }
    return UUID.fromString(text);
  }

  /** An address, or a template that is filled in with exactly one. */
  static Object address(String text) {
    String filled = filled(text);
    if (AddressTemplate.isIn(text) && filled.contains(" ")) {
      throw new IllegalArgumentException(
          "cannot be " + text + ": multiple addresses found: " + filled);
    }
    return literal(filled)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "cannot be \""
                        + filled
                        + "\". Must be an IP address such as 10.0.0.1 (no host name)"));
  }

  static Object addresses(String text) {
    List<InetAddress> all =
        Arrays.stream(filled(text).split("[\\s,]+"))
            .filter(one -> !one.isEmpty())
            .map(one -> (InetAddress) address(one))
            .toList();
    if (all.isEmpty()) {
      throw new IllegalArgumentException("cannot be empty. Must be one IP address or more");
    }
    return all;
  }

  /** Addresses to join, each a host with a port or without; templates give several at once. */
  static Object joinAddresses(String text) {
    return list(AddressTemplate.isIn(text) ? filled(text).replaceAll("\\s+", ",") : text);
  }

  private static String filled(String text) {
    String filled = AddressTemplate.expand(text);
    if (filled.isEmpty()) {
      throw new IllegalArgumentException("cannot be " + text + ": no addresses found");
    }
    return filled;
  }

  /** A port; 0 and less: none, which is -1. */
  static Object portOrOff(String text) {
    return Math.max((Integer) integer(text), 0) == 0 ? -1 : integer(text);
  }

  /** Names of datacenters count in lower case. */
  static Object lowerCase(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static Object networks(String text) {
    return ((List<?>) list(text)).stream().map(one -> network((String) one)).toList();
  }

  private static Network network(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address =
        slash < 0 ? Optional.empty() : literal(text.substring(0, slash));
    String bits = text.substring(slash + 1);
    if (address.isPresent() && bits.matches("\\d{1,3}")) {
      int length = Integer.parseInt(bits);
      if (length <= address.get().getAddress().length * 8) {
        return new Network(address.get(), length);
      }
    }
    throw new IllegalArgumentException(
        "cannot hold \"" + text + "\". Must be networks such as 10.0.0.0/8 or ::1/128");
  }

  static Object path(String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "cannot be \"" + text + "\". Must be a path: " + e.getReason());
    }
  }

  static Object list(String text) {
    return Arrays.stream(text.split(",")).map(String::trim).filter(one -> !one.isEmpty()).toList();
  }

  static Object paths(String text) {
    return parts(text).map(one -> (Path) path(one)).toList();
  }

  /** A map in the order of the text. */
  static Object pairs(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    parts(text)
        .forEach(
            one -> {
              int colon = one.indexOf(':');
              if (colon < 0) {
                throw new IllegalArgumentException(
                    "cannot hold \"" + one + "\". Must be pairs of key:value");
              }
              pairs.put(one.substring(0, colon), one.substring(colon + 1));
            });
    return Collections.unmodifiableMap(pairs);
  }

  /** Split at commas that have no backslash before them. */
  private static Stream<String> parts(String text) {
    return Arrays.stream(UNESCAPED_COMMA.split(text))
        .map(one -> one.replace("\\,", ",").trim())
        .filter(one -> !one.isEmpty());
  }

  static Object duration(String text) {
    try {
      return GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not a duration: " + e.getMessage());
    }
  }

  static Object logLevel(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "trace":
        return LogLevel.TRACE;
      case "debug":
        return LogLevel.DEBUG;
      case "info":
        return LogLevel.INFO;
      case "warn", "warning":
        return LogLevel.WARN;
      case "err", "error":
        return LogLevel.ERROR;
      default:
        throw new IllegalArgumentException(
            "cannot be \"" + text + "\". Must be one of trace, debug, info, warn, error");
    }
  }

  static Object healthReady(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "auto":
        return Optional.empty();
      case "engine":
        return Optional.of(HealthReady.ENGINE);
      case "always":
        return Optional.of(HealthReady.ALWAYS);
      default:
        throw new IllegalArgumentException(
            "cannot be \"" + text + "\". Must be one of auto, engine, always");
    }
  }

  /** Whether it says {@code allow}. */
  static Object allowOrDeny(String text) {
    return oneOf(text, List.of("allow", "deny")).equals("allow");
  }

  static Object downPolicy(String text) {
    return oneOf(text, List.of("extend-cache", "async-cache", "deny", "allow"));
  }

  private static String oneOf(String text, List<String> choices) {
    String given = text.toLowerCase(Locale.ROOT);
    if (!choices.contains(given)) {
      throw new IllegalArgumentException(
          "cannot be \"" + text + "\". Must be one of " + String.join(", ", choices));
    }
    return given;
  }

  /** An address from its literal; a host name is none, and no name server is ever asked. */
  private static Optional<InetAddress> literal(String given) {
    boolean bracketed = given.startsWith("[") && given.endsWith("]") && given.contains(":");
    String text = bracketed ? given.substring(1, given.length() - 1) : given;
    var four = IPV4.matcher(text);
    boolean isFour = four.matches();
    if (isFour) {
      for (int i = 1; i <= 4; i++) {
        if (Integer.parseInt(four.group(i)) > 255) {
          return Optional.empty();
        }
      }
    } else if (!IPV6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
