package org.comitia.web.http;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The parameters of a request as Go's {@code url.ParseQuery} reads them from the raw query string;
 * the body is never touched. Names compare exactly. Immutable.
 */
public final class QueryString {
  /** A request without parameters. */
  public static final QueryString EMPTY = new QueryString(List.of());

  /** More than any honest request has; the rest makes the query malformed. */
  private static final int MAX_PARAMETERS = 1_000;

  private record Pair(String name, String octets) {}

  private final List<Pair> pairs;

  private QueryString(List<Pair> pairs) {
    this.pairs = pairs;
  }

  /**
   * @param raw may be null
   * @return null when the query is malformed: a broken percent escape, a semicolon, or more than
   *     1,000 parameters
   */
  public static QueryString parse(String raw) {
    if (raw == null || raw.isEmpty()) {
      return EMPTY;
    }
    List<Pair> pairs = new ArrayList<>(4);
    for (int at = 0; at <= raw.length(); ) {
      int end = raw.indexOf('&', at);
      end = end < 0 ? raw.length() : end;
      if (end > at) {
        Pair pair = pair(raw, at, end);
        if (pair == null || pairs.size() == MAX_PARAMETERS) {
          return null;
        }
        pairs.add(pair);
      }
      at = end + 1;
    }
    return new QueryString(pairs);
  }

  private static Pair pair(String raw, int at, int end) {
    int equals = raw.indexOf('=', at);
    boolean bare = equals < 0 || equals >= end;
    String name = unescape(raw, at, bare ? end : equals);
    String value = bare ? "" : unescape(raw, equals + 1, end);
    return name == null || value == null ? null : new Pair(Octets.text(name), value);
  }

  private static String unescape(String raw, int from, int to) {
    StringBuilder out = new StringBuilder(to - from);
    for (int i = from; i < to; i++) {
      char c = raw.charAt(i);
      if (c == ';') {
        return null;
      } else if (c == '+') {
        out.append(' ');
      } else if (c == '%') {
        int octet = i + 2 < to ? Octets.hexPair(raw, i + 1) : -1;
        if (octet < 0) {
          return null;
        }
        out.append((char) octet);
        i += 2;
      } else if (c <= 0xff) {
        out.append(c);
      } else {
        out.append(Octets.of(String.valueOf(c)));
      }
    }
    return out.toString();
  }

  /** Whether the parameter is there, with or without a value. */
  public boolean has(String name) {
    return first(name) != null;
  }

  /** The first value as text; empty when there is none. */
  public String get(String name) {
    return Octets.text(octets(name));
  }

  /** The first value, a byte a char; empty when there is none. */
  public String octets(String name) {
    Pair found = first(name);
    return found == null ? "" : found.octets;
  }

  /**
   * Without an iterator: each request asks for some twenty parameters, which mostly are not there.
   */
  private Pair first(String name) {
    for (int i = 0; i < pairs.size(); i++) {
      if (pairs.get(i).name.equals(name)) {
        return pairs.get(i);
      }
    }
    return null;
  }

  /** Every value of a parameter, in their order. */
  public List<String> all(String name) {
    return pairs.stream().filter(p -> p.name.equals(name)).map(p -> Octets.text(p.octets)).toList();
  }

  /** All parameters written as a query again, sorted by name, as Go's {@code Values.Encode}. */
  public String encode() {
    TreeMap<String, List<String>> byName = new TreeMap<>();
    for (Pair pair : pairs) {
      byName.computeIfAbsent(pair.name, n -> new ArrayList<>()).add(Octets.text(pair.octets));
    }
    StringBuilder out = new StringBuilder();
    byName.forEach(
        (name, values) -> {
          for (String value : values) {
            out.append(out.isEmpty() ? "" : "&").append(escape(name)).append('=');
            out.append(escape(value));
          }
        });
    return out.toString();
  }

  private static String escape(String text) {
    return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8)
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QueryString query && query.pairs.equals(pairs);
  }

  @Override
  public int hashCode() {
    return pairs.hashCode();
  }
}
