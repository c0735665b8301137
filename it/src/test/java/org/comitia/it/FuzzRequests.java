package org.comitia.it;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random requests from a seed: known paths with strange rests, parameters and bodies. Some are
 * valid, most are not; none of them waits long, and none makes a change that goes on by itself.
 */
final class FuzzRequests {
  /**
   * @param target chars are bytes
   * @param body null for none
   * @param misread whether HTTP itself is broken, so that the server may answer before we do
   */
  record Request(String method, String target, byte[] body, List<String> headers, boolean misread) {
    @Override
    public String toString() {
      String text =
          body == null
              ? ""
              : "\n  body (%d bytes): %s"
                  .formatted(
                      body.length,
                      new String(body, 0, Math.min(body.length, 300), StandardCharsets.ISO_8859_1));
      String shown = target.length() > 600 ? target.substring(0, 600) + "..." : target;
      return method + " " + shown + " " + headers + text;
    }
  }

  private static final List<String> METHODS =
      List.of("GET", "PUT", "DELETE", "POST", "PATCH", "HEAD", "OPTIONS", "get", "FOO");

  private static final List<String> RESTS =
      List.of(
          "",
          "a",
          "fuzz",
          "web",
          "any",
          "passing",
          "a/b",
          "a%2Fb",
          "%FF%FE",
          "%C3%A4",
          "%F0%9F%98%80",
          "a%20b",
          "a;b=c",
          "a%3Fb",
          "..%2F..",
          "a//b",
          "./../x",
          "%00",
          "%0A",
          "%zz",
          "%",
          "*",
          "'\"<>",
          "%22%27%3C%3E",
          "b0b0b0b0-0000-0000-0000-000000000000",
          "b0b0b0b0-0000-0000-0000-00000000000g",
          "-1",
          "18446744073709551616",
          "127.0.0.1:99999",
          "x".repeat(600),
          "%41".repeat(400),
          "a/".repeat(300));

  /** Those that would let a read wait are made harmless by what {@link #parameters} puts first. */
  private static final List<String> PARAMETERS =
      List.of(
          "stale",
          "consistent",
          "leader",
          "cached",
          "max_stale",
          "dc",
          "near",
          "filter",
          "tag",
          "node-meta",
          "passing",
          "pretty",
          "cas",
          "flags",
          "acquire",
          "release",
          "recurse",
          "keys",
          "separator",
          "raw",
          "token",
          "wan",
          "prune",
          "enable",
          "reason",
          "note",
          "loglevel",
          "logjson",
          "format",
          "id",
          "address",
          "limit",
          "replace-existing-checks",
          "node",
          "service",
          "name",
          "segment",
          "ns",
          "index",
          "hash",
          "wait",
          "\u00e4",
          "%20",
          "");

  private static final List<String> VALUES =
      List.of(
          "",
          "x",
          "0",
          "1",
          "-1",
          "true",
          "false",
          "yes",
          "dc1",
          "elsewhere",
          "_agent",
          "fuzz",
          "a:b",
          ":",
          "10",
          "1e9",
          "NaN",
          "9223372036854775808",
          "18446744073709551616",
          "99999999999999999999999999",
          "1ms",
          "-5s",
          "10000000000h",
          "%zz",
          "%",
          ";",
          "%00",
          "%FF",
          "\u00e4",
          "%E2%82%AC",
          "b0b0b0b0-0000-0000-0000-000000000000",
          "not-a-uuid",
          "[",
          "(((",
          "x".repeat(2_000));

  private static final List<String> FILTER_WORDS =
      List.of(
          "Node",
          "Node.Node",
          "Service.Tags",
          "Meta",
          "Meta[\"a\"]",
          "ServicePort",
          "Checks.Status",
          "Status",
          "ID",
          "==",
          "!=",
          "in",
          "not",
          "contains",
          "matches",
          "is",
          "empty",
          "and",
          "or",
          "(",
          ")",
          "\"x\"",
          "`x`",
          "\"\\",
          "[",
          "]",
          ".",
          "1",
          "-1.5",
          "007",
          "\u00e4",
          "`(((a{9}){9}){9})`",
          "\"^(a+)+$\"");

  private static final List<String> FIELDS =
      List.of(
          "Node",
          "Address",
          "ID",
          "Datacenter",
          "TaggedAddresses",
          "NodeMeta",
          "Meta",
          "Service",
          "Services",
          "Check",
          "Checks",
          "CheckID",
          "Name",
          "Status",
          "Output",
          "Notes",
          "ServiceID",
          "ServiceName",
          "ServiceTags",
          "Tags",
          "Port",
          "Weights",
          "EnableTagOverride",
          "Kind",
          "Proxy",
          "Connect",
          "Definition",
          "Interval",
          "Timeout",
          "HTTP",
          "TCP",
          "Args",
          "Header",
          "SkipNodeUpdate",
          "LockDelay",
          "Behavior",
          "NodeChecks",
          "ServiceChecks",
          "KV",
          "Verb",
          "Key",
          "Value",
          "Flags",
          "Index",
          "Session",
          "Passing",
          "Warning",
          "lan",
          "Coord",
          "Vec",
          "Segment",
          "Service_ID",
          "enable_tag_override",
          "Failover",
          "NearestN",
          "Template",
          "Type",
          "Regexp",
          "DNS",
          "OnlyPassing",
          "Payload",
          "unknown",
          "",
          "\u00e4",
          "node",
          "NODE");

  /** What an endpoint's body has, so that requests get behind the reading of bodies. */
  private static final Map<String, List<String>> BODIES =
      Map.of(
          "/v1/catalog/register",
          List.of("Node", "Address", "NodeMeta", "Service", "Check", "Checks", "SkipNodeUpdate"),
          "/v1/catalog/deregister",
          List.of("Node", "ServiceID", "CheckID"),
          "/v1/agent/service/register",
          List.of("Name", "ID", "Tags", "Port", "Meta", "Weights", "enable_tag_override", "Kind"),
          "/v1/agent/check/register",
          List.of(
              "Name", "ID", "Status", "Notes", "ServiceID", "TCP", "HTTP", "Interval", "Header"),
          "/v1/session/create",
          List.of("Node", "Name", "LockDelay", "Behavior", "NodeChecks", "ServiceChecks"),
          "/v1/txn",
          List.of("KV", "Node", "Service", "Check"),
          "/v1/query",
          List.of("Name", "Service", "Session", "Template", "DNS"),
          "/v1/coordinate/update",
          List.of("Node", "Segment", "Coord"));

  /** What the objects in them have. */
  private static final Map<String, List<String>> OBJECTS =
      Map.of(
          "Service",
          List.of("ID", "Service", "Tags", "Port", "Meta", "Weights", "Kind", "Proxy", "Connect"),
          "Check",
          List.of("CheckID", "Name", "Status", "Output", "ServiceID", "ServiceTags", "Definition"),
          "Checks",
          List.of("CheckID", "Name", "Status", "Notes", "Type", "Definition"),
          "KV",
          List.of("Verb", "Key", "Value", "Flags", "Index", "Session"),
          "Weights",
          List.of("Passing", "Warning"),
          "Definition",
          List.of("HTTP", "TCP", "Interval", "Timeout", "Header"),
          "Coord",
          List.of("Vec"),
          "Template",
          List.of("Type", "Regexp"));

  private final Random random;

  FuzzRequests(long seed) {
    random = new Random(seed);
  }

  Request next(FuzzEndpoint endpoint) {
    boolean misread = random.nextInt(40) == 0;
    String method = random.nextInt(12) == 0 ? pick(METHODS) : pick(endpoint.methods());
    String rest = endpoint.tree() || random.nextInt(20) == 0 ? pick(RESTS) : "";
    String target = endpoint.pattern() + rest + parameters();
    boolean withBody = !method.equals("GET") && !method.equals("HEAD") && random.nextInt(10) > 0;
    byte[] body = withBody ? body(endpoint) : null;
    List<String> headers = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      headers.add(header());
    }
    if (misread) {
      return misread(method, target, body, headers);
    }
    return new Request(
        method,
        target,
        body,
        headers,
        hasBrokenEscape(target) || target.contains("%00") || target.contains("%0A"));
  }

  /** Liberty itself refuses these. */
  private static boolean hasBrokenEscape(String target) {
    String path = target.split("\\?", 2)[0];
    for (int at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
      if (at + 2 >= path.length()
          || Character.digit(path.charAt(at + 1), 16) < 0
          || Character.digit(path.charAt(at + 2), 16) < 0) {
        return true;
      }
    }
    return false;
  }

  private Request misread(String method, String target, byte[] body, List<String> headers) {
    switch (random.nextInt(6)) {
      case 0 -> headers.add("X-Long: " + "y".repeat(70_000));
      case 1 -> headers.add("Bad Header");
      case 2 -> headers.add("Content-Length: -1");
      case 3 -> headers.add("Expect: nonsense");
      case 4 -> {
        return new Request("TRACE", target, null, headers, true);
      }
      default -> {
        return new Request(method, target + "z".repeat(70_000), body, headers, true);
      }
    }
    return new Request(method, target, null, headers, true);
  }

  private String header() {
    return switch (random.nextInt(9)) {
      case 0 -> "Accept-Encoding: gzip";
      case 1 -> "Accept: text/html, */*;q=0.1";
      case 2 -> "Content-Type: multipart/form-data; boundary=";
      case 3 -> "Cache-Control: max-age=" + plain(pick(VALUES));
      case 4 -> "X-Consul-Token: " + plain(pick(VALUES));
      case 5 -> "X-HTTP-Method-Override: DELETE";
      case 6 -> "Authorization: Bearer";
      case 7 ->
          "Content-Encoding: " + pick(List.of("gzip", "x-gzip", "deflate", "zlib", "br", "x"));
      default -> "Range: bytes=0-1";
    };
  }

  private static String plain(String value) {
    return value.length() > 100 ? value.substring(0, 100) : value;
  }

  private String parameters() {
    int count = random.nextInt(4);
    if (count == 0) {
      return "";
    }
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = pick(PARAMETERS);
      String value = name.equals("filter") && random.nextInt(4) > 0 ? filter() : pick(VALUES);
      if (name.equals("index") || name.equals("hash") || name.equals("wait")) {
        pairs.add(0, "wait=" + pick(List.of("1ms", "20ms", "1ms", "x", "10")));
      }
      pairs.add(random.nextInt(6) == 0 ? name : name + "=" + value);
    }
    return "?" + String.join("&", pairs);
  }

  private String filter() {
    StringBuilder words = new StringBuilder();
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      for (byte b : pick(FILTER_WORDS).getBytes(StandardCharsets.UTF_8)) {
        words.append("%%%02X".formatted(b & 0xff));
      }
      words.append('+');
    }
    return words.toString();
  }

  private byte[] body(FuzzEndpoint endpoint) {
    return switch (random.nextInt(14)) {
      case 0 -> new byte[0];
      case 1 -> bytes("{\"Node\":");
      case 2 -> new byte[] {'"', (byte) 0xc3, (byte) 0x28, (byte) 0xff, '"'};
      case 3 -> bytes("[".repeat(20_000));
      case 4 -> bytes("{\"Key\":" + "9".repeat(2_000) + "}");
      case 5 -> random.nextInt(4) == 0 ? new byte[600_000] : bytes("null");
      case 6 -> truncated(bytes(json(3)));
      default -> bytes(body(endpoint.pattern()));
    };
  }

  private String body(String pattern) {
    List<String> fields = BODIES.get(pattern);
    String object = fields == null || random.nextInt(4) == 0 ? json(3) : json(fields, 3);
    return pattern.endsWith("txn") ? "[" + object + "]" : object;
  }

  private byte[] truncated(byte[] whole) {
    return java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String json(int depth) {
    return json(FIELDS, depth);
  }

  private String json(List<String> known, int depth) {
    Map<String, String> fields = new TreeMap<>();
    for (int i = random.nextInt(known == FIELDS ? 7 : 4); i >= 0; i--) {
      String name = pick(known);
      List<String> inside = OBJECTS.get(name);
      fields.put(
          name,
          inside == null || depth <= 1 || random.nextInt(4) == 0
              ? value(depth - 1)
              : json(inside, depth - 1));
    }
    if (known.contains("Address") && known != FIELDS && random.nextInt(3) > 0) {
      fields.put("Node", "\"fuzzed-" + random.nextInt(5) + "\"");
      fields.put("Address", "\"192.0.2.1\"");
    } else if (known == FIELDS && random.nextBoolean()) {
      // Enough to be taken by some endpoints.
      fields.put("Node", "\"fuzzed-" + random.nextInt(5) + "\"");
      fields.put("Address", "\"192.0.2.1\"");
      fields.put("Name", "\"fuzzed\"");
    }
    StringBuilder text = new StringBuilder("{");
    fields.forEach(
        (name, value) ->
            text.append(text.length() > 1 ? "," : "")
                .append('"')
                .append(name)
                .append("\":")
                .append(value));
    return text.append('}').toString();
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 0 ? 18 : 14)) {
      case 0 -> "null";
      case 1 -> "true";
      case 2 -> "-1";
      case 3 -> "1.5e3";
      case 4 -> "1e999999";
      case 5 -> "18446744073709551616";
      case 6 -> "\"\"";
      case 7 -> "\"x\"";
      case 8 -> "\"!no base64!\"";
      case 9 -> "\"\\ud800\\u0000\"";
      case 10 -> "\"" + "v".repeat(random.nextInt(3_000)) + "\"";
      case 11 -> "\"1000000h\"";
      case 12 -> "[]";
      case 13 -> "\"b0b0b0b0-0000-0000-0000-000000000000\"";
      case 14, 15 -> json(depth);
      case 16 -> "[" + json(depth) + "," + value(depth - 1) + "]";
      default -> "[" + value(depth - 1) + "]";
    };
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** A number below a bound, from the same seed. */
  int number(int bound) {
    return random.nextInt(bound);
  }
}
