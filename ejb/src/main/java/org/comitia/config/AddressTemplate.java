package org.comitia.config;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The templates that stand for this host's addresses in Consul's configuration, for example <code>
 * {{ GetInterfaceIP "eth0" }}</code> or <code>
 * {{ GetAllInterfaces | include "network" "10.0.0.0/8" | attr "address" }}</code>: the sources and
 * filters of go-sockaddr's template language that are about addresses of interfaces. What is not
 * known is refused by its name. Every failure is an {@link IllegalArgumentException} whose message
 * continues the setting's name.
 */
public final class AddressTemplate {
  /**
   * One address of an interface.
   *
   * @param byDefault whether the interface has the default route
   */
  record Local(String name, InetAddress address, int bits, Set<String> flags, boolean byDefault) {
    boolean within(List<Network> networks) {
      return networks.stream().anyMatch(network -> network.contains(address));
    }

    boolean forwards() {
      return flags.contains("up") && !within(NOT_FORWARDED);
    }

    private Network network() {
      byte[] bytes = address.getAddress();
      for (int bit = bits; bit < bytes.length * 8; bit++) {
        bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
      }
      return new Network(unnamed(bytes), bits);
    }

    private String attribute(String of) {
      return switch (of.toLowerCase(Locale.ROOT)) {
        case "address", "host" -> address.getHostAddress().replaceFirst("%.*", "");
        case "name" -> name;
        case "network" -> network().toString();
        case "string" -> address.getHostAddress().replaceFirst("%.*", "") + "/" + bits;
        case "type" -> address instanceof Inet4Address ? "IPv4" : "IPv6";
        case "flags" -> String.join("|", flags);
        default -> throw new IllegalArgumentException("has an unknown attribute \"" + of + "\"");
      };
    }
  }

  private static final Pattern TEMPLATE = Pattern.compile("\\{\\{-?(.*?)-?}}", Pattern.DOTALL);
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|`([^`]*)`|(\\||[^\\s|\"`]+))");

  /** What RFC 6890 says is not passed on by routers, as far as an interface can have it. */
  private static final List<Network> NOT_FORWARDED =
      networks("0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24")
          .with("203.0.113.0/24 240.0.0.0/4 ::1/128 ::/128 100::/64 2001:db8::/32")
          .with("2001:10::/28 fe80::/10")
          .all();

  private static final Map<String, List<Network>> STANDARDS =
      Map.of(
          "1918",
          networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16").all(),
          "3927",
          networks("169.254.0.0/16").all(),
          "4193",
          networks("fc00::/7").all(),
          "6598",
          networks("100.64.0.0/10").all(),
          "6890",
          networks("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12")
              .with("192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15")
              .with("198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 ::1/128 ::/128 64:ff9b::/96")
              .with("100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10")
              .all());

  private final List<Local> locals;
  private final List<String> words;
  private int at;

  private AddressTemplate(List<Local> locals, List<String> words) {
    this.locals = locals;
    this.words = words;
  }

  /** Whether there is anything to fill in. */
  public static boolean isIn(String text) {
    return text.contains("{{");
  }

  /** The text with every template filled in from this host's interfaces; may be empty. */
  public static String expand(String text) {
    if (!isIn(text)) {
      return text;
    }
    try {
      return expand(text, ofThisHost());
    } catch (SocketException e) {
      throw new IllegalArgumentException(
          "cannot be filled in: this host's interfaces cannot be listed (" + e.getMessage() + ")");
    }
  }

  static String expand(String text, List<Local> locals) {
    Matcher templates = TEMPLATE.matcher(text);
    String filled =
        templates.replaceAll(
            template ->
                Matcher.quoteReplacement(
                    new AddressTemplate(locals, words(template.group(1))).value()));
    if (isIn(filled)) {
      throw new IllegalArgumentException("cannot be \"" + text + "\": a template has no end");
    }
    return filled.trim();
  }

  // ---- the language

  private static List<String> words(String template) {
    List<String> words = new ArrayList<>();
    Matcher token = TOKEN.matcher(template.stripTrailing());
    int end = 0;
    while (token.lookingAt()) {
      end = token.end();
      if (token.group(1) != null) {
        words.add("\"" + token.group(1).replaceAll("\\\\(.)", "$1"));
      } else if (token.group(2) != null) {
        words.add("\"" + token.group(2));
      } else {
        words.add(token.group(3));
      }
      token.region(end, template.stripTrailing().length());
    }
    if (words.isEmpty() || end < template.stripTrailing().length()) {
      throw new IllegalArgumentException("has a template that cannot be read: " + template.trim());
    }
    return words;
  }

  private String value() {
    Object value = source(next());
    while (at < words.size()) {
      if (!next().equals("|") || at == words.size()) {
        throw new IllegalArgumentException(
            "has a template that cannot be read behind \"" + words.get(at - 2) + "\"");
      }
      String filter = next();
      if (!(value instanceof Found found)) {
        throw new IllegalArgumentException("has nothing for \"" + filter + "\" to work on");
      }
      value = filtered(found.locals(), filter);
    }
    if (value instanceof Found) {
      throw new IllegalArgumentException(
          "has a template that gives interfaces: end it with | attr \"address\" or | join \"address\" \" \"");
    }
    return (String) value;
  }

  private record Found(List<Local> locals) {}

  private Object source(String name) {
    return switch (name) {
      case "GetAllInterfaces" -> new Found(locals);
      case "GetDefaultInterfaces" -> new Found(only(locals, Local::byDefault));
      case "GetPrivateInterfaces" -> new Found(ofPrivates());
      case "GetPublicInterfaces" -> new Found(ofPublics());
      case "GetPrivateIP" -> first(ofPrivates(), "address");
      case "GetPrivateIPs" -> joined(ofPrivates(), "address", " ");
      case "GetPublicIP" -> first(ofPublics(), "address");
      case "GetPublicIPs" -> joined(ofPublics(), "address", " ");
      case "GetInterfaceIP" -> first(ofInterface(argument(name)), "address");
      case "GetInterfaceIPs" -> joined(ofInterface(argument(name)), "address", " ");
      default ->
          throw new IllegalArgumentException(
              "has a template that begins with \"" + name + "\", which is not known here");
    };
  }

  private List<Local> ofPrivates() {
    return sorted(
        only(locals, local -> local.forwards() && local.within(STANDARDS.get("6890"))),
        "type,size");
  }

  private List<Local> ofPublics() {
    return sorted(
        only(locals, local -> local.forwards() && !local.within(STANDARDS.get("6890"))),
        "type,size");
  }

  private List<Local> ofInterface(String name) {
    Pattern pattern = pattern(name);
    return sorted(
        only(locals, local -> local.forwards() && pattern.matcher(local.name()).find()),
        "type,size");
  }

  private Object filtered(List<Local> found, String filter) {
    return switch (filter) {
      case "include" -> new Found(only(found, chosen(argument(filter), argument(filter))));
      case "exclude" -> new Found(only(found, chosen(argument(filter), argument(filter)).negate()));
      case "sort" -> new Found(sorted(found, argument(filter)));
      case "unique" -> new Found(unique(found, argument(filter)));
      case "limit" -> new Found(limited(found, number(filter)));
      case "offset" -> new Found(skipped(found, number(filter)));
      case "attr" -> first(found, argument(filter));
      case "join" -> joined(found, argument(filter), argument(filter));
      default ->
          throw new IllegalArgumentException(
              "has a template with \"" + filter + "\", which is not known here");
    };
  }

  private String next() {
    return words.get(at++);
  }

  private String argument(String of) {
    if (at == words.size() || !words.get(at).startsWith("\"")) {
      throw new IllegalArgumentException("has a \"" + of + "\" that misses a text in quotes");
    }
    return next().substring(1);
  }

  private int number(String of) {
    try {
      return Integer.parseInt(at == words.size() ? "" : next());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("has a \"" + of + "\" that misses a number");
    }
  }

  // ---- filters

  private static List<Local> only(List<Local> from, Predicate<Local> wanted) {
    return from.stream().filter(wanted).toList();
  }

  private static Predicate<Local> chosen(String by, String value) {
    switch (by.toLowerCase(Locale.ROOT)) {
      case "name":
        Pattern name = pattern(value);
        return local -> name.matcher(local.name()).find();
      case "address":
        Pattern address = pattern(value);
        return local -> address.matcher(local.attribute("address")).find();
      case "flag", "flags":
        List<String> flags = List.of(value.toLowerCase(Locale.ROOT).split("\\|"));
        return local ->
            flags.stream()
                .allMatch(
                    flag ->
                        flag.equals("forwardable")
                            ? !local.within(NOT_FORWARDED)
                            : local.flags().contains(flag));
      case "network":
        List<Network> networks = networks(value.replace('|', ' ')).all();
        return local -> local.within(networks);
      case "rfc":
        List<Network> standard = STANDARDS.get(value);
        if (standard == null) {
          throw new IllegalArgumentException(
              "has a template with RFC " + value + ", not known here");
        }
        return local -> local.within(standard);
      case "type":
        return local ->
            value.equalsIgnoreCase("ip") || local.attribute("type").equalsIgnoreCase(value);
      case "size":
        return local -> String.valueOf(local.bits()).equals(value.replace("/", ""));
      default:
        throw new IllegalArgumentException(
            "has a template that filters by \"" + by + "\", which is not known here");
    }
  }

  private static Pattern pattern(String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("has no regular expression: \"" + text + "\"");
    }
  }

  /** Larger networks first, as their masks compare; IPv4 before IPv6. */
  private static List<Local> sorted(List<Local> found, String keys) {
    Comparator<Local> order = (one, other) -> 0;
    for (String part : keys.split(",")) {
      String key = part.trim().replaceFirst("^[+-]", "");
      Comparator<Local> by =
          switch (key) {
            case "address" -> Comparator.comparing(local -> padded(local.address()));
            case "default" -> Comparator.comparing(local -> !local.byDefault());
            case "name" -> Comparator.comparing(Local::name);
            case "private" -> Comparator.comparing(local -> !local.within(STANDARDS.get("6890")));
            case "size" -> Comparator.comparing(Local::bits);
            case "type" -> Comparator.comparing(local -> local.attribute("type"));
            default ->
                throw new IllegalArgumentException(
                    "has a template that sorts by \"" + key + "\", which is not known here");
          };
      order = order.thenComparing(part.trim().startsWith("-") ? by.reversed() : by);
    }
    return found.stream().sorted(order).toList();
  }

  private static String padded(InetAddress address) {
    StringBuilder text = new StringBuilder();
    for (byte one : address.getAddress()) {
      text.append(String.format(Locale.ROOT, "%02x", one));
    }
    return text.toString();
  }

  private static List<Local> unique(List<Local> found, String attribute) {
    Set<String> seen = new HashSet<>();
    return only(found, local -> seen.add(local.attribute(attribute)));
  }

  /** A negative number counts from the end. */
  private static List<Local> limited(List<Local> found, int limit) {
    int count = Math.min(found.size(), Math.abs(limit));
    return limit < 0 ? found.subList(found.size() - count, found.size()) : found.subList(0, count);
  }

  private static List<Local> skipped(List<Local> found, int offset) {
    int from = offset < 0 ? Math.max(0, found.size() + offset) : Math.min(found.size(), offset);
    return found.subList(from, found.size());
  }

  private static String first(List<Local> found, String attribute) {
    return found.isEmpty() ? "" : found.get(0).attribute(attribute);
  }

  private static String joined(List<Local> found, String attribute, String separator) {
    return found.stream()
        .map(local -> local.attribute(attribute))
        .collect(Collectors.joining(separator));
  }

  // ---- this host

  private static List<Local> ofThisHost() throws SocketException {
    Set<String> defaults = defaultInterfaces();
    List<NetworkInterface> interfaces =
        new ArrayList<>(Collections.list(NetworkInterface.getNetworkInterfaces()));
    interfaces.sort(Comparator.comparing(NetworkInterface::getIndex));
    List<Local> locals = new ArrayList<>();
    for (NetworkInterface one : interfaces) {
      Set<String> flags = new LinkedHashSet<>();
      flag(flags, "up", one.isUp());
      flag(flags, "loopback", one.isLoopback());
      flag(flags, "multicast", one.supportsMulticast());
      flag(flags, "pointtopoint", one.isPointToPoint());
      for (InterfaceAddress address : one.getInterfaceAddresses()) {
        Set<String> all = new LinkedHashSet<>(flags);
        flag(all, "broadcast", address.getBroadcast() != null);
        locals.add(
            new Local(
                one.getName(),
                address.getAddress(),
                address.getNetworkPrefixLength(),
                all,
                defaults.contains(one.getName())));
      }
    }
    return locals;
  }

  private static void flag(Set<String> flags, String name, boolean set) {
    if (set) {
      flags.add(name);
    }
  }

  /** Linux keeps the table of routes here: name, destination, ... in hexadecimal digits. */
  private static Set<String> defaultInterfaces() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/net/route"))) {
      return lines
          .map(line -> line.split("\\s+"))
          .filter(fields -> fields.length > 7)
          .filter(fields -> fields[1].equals("00000000") && fields[7].equals("00000000"))
          .map(fields -> fields[0])
          .collect(Collectors.toSet());
    } catch (IOException e) {
      return Set.of();
    }
  }

  // ---- networks

  private record Networks(List<Network> all) {
    Networks with(String more) {
      List<Network> both = new ArrayList<>(all);
      both.addAll(networks(more).all());
      return new Networks(List.copyOf(both));
    }
  }

  @SuppressWarnings("unchecked")
  private static Networks networks(String text) {
    return new Networks((List<Network>) Values.networks(text.trim().replaceAll("\\s+", ",")));
  }

  private static InetAddress unnamed(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e); // its length is an address's
    }
  }
}
