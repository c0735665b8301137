package org.comitia.config;

import java.util.Map;
import java.util.regex.Pattern;

/** What metadata of nodes and services may hold, with Consul's words. Pure functions. */
public final class Metadata {
  private static final int MAX_PAIRS = 64;
  private static final int MAX_KEY = 128;
  private static final int MAX_VALUE = 512;
  private static final String RESERVED = "consul-";
  private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9_-]+");

  private Metadata() {}

  /** Why metadata of a service or a node cannot be taken; null when nothing speaks against it. */
  public static String refusal(Map<String, String> meta) {
    if (meta.size() > MAX_PAIRS) {
      return "Node metadata cannot contain more than " + MAX_PAIRS + " key/value pairs";
    }
    for (Map.Entry<String, String> pair : meta.entrySet()) {
      String problem = pairRefusal(pair.getKey(), pair.getValue());
      if (problem != null) {
        return "Couldn't load metadata pair ('%s', '%s'): %s"
            .formatted(pair.getKey(), pair.getValue(), problem);
      }
    }
    return null;
  }

  private static String pairRefusal(String key, String value) {
    if (key.isEmpty()) {
      return "Key cannot be blank";
    }
    if (!KEY.matcher(key).matches()) {
      return "Key contains invalid characters";
    }
    if (key.length() > MAX_KEY) {
      return "Key is too long (limit: " + MAX_KEY + " characters)";
    }
    if (key.startsWith(RESERVED)) {
      return "Key prefix '" + RESERVED + "' is reserved for internal use";
    }
    return value.length() > MAX_VALUE
        ? "Value is too long (limit: " + MAX_VALUE + " characters)"
        : null;
  }
}
