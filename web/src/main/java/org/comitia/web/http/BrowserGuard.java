package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keeps web pages off the API: a browser on a machine that reaches the agent sends requests for
 * whatever page it shows. Refused is a request that a page of another origin sent (it says so in
 * {@code Sec-Fetch-Site} or {@code Origin}), and one for a host that this agent is not called by:
 * whoever made the page let its name point here after it was loaded. Programs send neither of the
 * first two, and the host that they were given. Safe for any thread.
 */
final class BrowserGuard {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]+(%25[\\w.~-]+)?\\]");
  private static final Pattern NAME = Pattern.compile("[\\w.~-]+");

  private final Set<String> names = new HashSet<>();
  private final List<String> allowed;
  private final boolean anyHost;
  private final String allowedOrigin;

  /** By what the last one called us: most requests come by one name. */
  private volatile String ours;

  /**
   * @param names this agent's own; in any case
   * @param allowed more of them, with {@code *.} before what others may stand before; {@code *} for
   *     all
   * @param allowedOrigin the value of {@code Access-Control-Allow-Origin}; null for none
   */
  BrowserGuard(List<String> names, List<String> allowed, String allowedOrigin) {
    names.forEach(name -> this.names.add(name.toLowerCase(Locale.ROOT)));
    this.allowed = allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    this.anyHost = allowed.contains("*");
    this.allowedOrigin = allowedOrigin == null ? null : allowedOrigin.strip();
  }

  /**
   * Why a request is not answered: 400 for a host that is none, else 403. Null when it may pass.
   */
  Refusal refusal(HttpServletRequest request) {
    Enumeration<String> hosts = request.getHeaders("Host");
    String host = hosts.hasMoreElements() ? hosts.nextElement() : null;
    if (host == null && request.getProtocol().equals("HTTP/1.1")) {
      return Refusal.badRequest("400 Bad Request: missing required Host header");
    }
    if (hosts.hasMoreElements()) {
      return Refusal.badRequest("400 Bad Request: too many Host headers");
    }
    String authority = host == null ? "" : host.strip().toLowerCase(Locale.ROOT);
    if (!authority.equals(ours)) {
      Refusal refusal = refusal(authority);
      if (refusal != null) {
        return refusal;
      }
      ours = authority;
    }
    return mayBeSentFrom(request, authority)
        ? null
        : new Refusal(
            403,
            "COM4002: a web page of another origin may not use this agent, unless"
                + " http_config.response_headers allows it by Access-Control-Allow-Origin");
  }

  /** Why this agent is not called so; null when it is. */
  private Refusal refusal(String authority) {
    String name = nameOf(authority);
    if (name == null) {
      return Refusal.badRequest("400 Bad Request: malformed Host header");
    }
    if (!isOurs(name)) {
      return new Refusal(
          403,
          "COM4001: this agent is not called \""
              + name
              + "\": use its address or node name, or add the name to http_config.allowed_hosts"
              + " (comitia.http.allowed-hosts)");
    }
    return null;
  }

  /** The host without its port; null when it is none. */
  private static String nameOf(String authority) {
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    String name = hasPort ? authority.substring(0, colon) : authority;
    for (int i = hasPort ? colon + 1 : authority.length(); i < authority.length(); i++) {
      if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
        return null;
      }
    }
    boolean isHost =
        authority.isEmpty() || NAME.matcher(name).matches() || IPV6.matcher(name).matches();
    return !isHost ? null : name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  /**
   * A name without a dot is found by the host's own files and search list, not by what a stranger's
   * name server says; containers are called so.
   */
  private boolean isOurs(String name) {
    return anyHost
        || !name.contains(".")
        || name.startsWith("[")
        || IPV4.matcher(name).matches()
        || name.endsWith(".localhost")
        || names.contains(name)
        || allowed.stream().anyMatch(pattern -> matches(pattern, name));
  }

  private static boolean matches(String pattern, String name) {
    return pattern.startsWith("*.") ? name.endsWith(pattern.substring(1)) : pattern.equals(name);
  }

  private boolean mayBeSentFrom(HttpServletRequest request, String authority) {
    if ("*".equals(allowedOrigin)) {
      return true;
    }
    String origin = request.getHeader("Origin");
    if (origin != null) {
      String asked = origin.strip().toLowerCase(Locale.ROOT);
      int scheme = asked.indexOf("://");
      return scheme > 0 && asked.substring(scheme + 3).equals(authority)
          || asked.equalsIgnoreCase(allowedOrigin);
    }
    String site = request.getHeader("Sec-Fetch-Site");
    return site == null
        || !site.strip().equalsIgnoreCase("cross-site")
            && !site.strip().equalsIgnoreCase("same-site");
  }
}
