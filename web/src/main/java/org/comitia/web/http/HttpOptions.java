package org.comitia.web.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Network;
import org.comitia.config.Setting;
import org.comitia.config.Settings;

/**
 * What the settings say about the HTTP API.
 *
 * @param indented whether every answer is, asked for or not
 * @param headers that every answer carries
 * @param blocked beginnings of paths that are refused
 * @param writers from where writes are taken; empty: from everywhere
 * @param maxRequestsPerClient under way at once; 0 for no limit
 * @param defaultWait of a blocking read, in the absence of {@code wait}
 * @param maxWait of a blocking read, without its jitter
 * @param discoveryMaxStale above zero: how stale catalog and health may be by default
 * @param bodyTimeout for a request's whole body
 * @param encodedBodies whether a body with a {@code Content-Encoding} comes here as it was sent
 * @param names of this agent, as a {@code Host} header may call it besides its addresses
 * @param allowedHosts more such names
 * @param keepsAccess whether callers are asked what they may
 * @param defaultAllow whether a token may what none of its rules is about
 */
public record HttpOptions(
    boolean indented,
    Map<String, String> headers,
    List<String> blocked,
    List<Network> writers,
    int maxRequestsPerClient,
    Duration defaultWait,
    Duration maxWait,
    Duration discoveryMaxStale,
    Duration bodyTimeout,
    boolean encodedBodies,
    List<String> names,
    List<String> allowedHosts,
    boolean keepsAccess,
    boolean defaultAllow) {

  /** Of a node without settings. */
  public static final HttpOptions DEFAULT =
      new HttpOptions(
          false,
          Map.of(),
          List.of(),
          List.of(),
          200,
          Duration.ofSeconds(300),
          Duration.ofSeconds(600),
          Duration.ZERO,
          Duration.ofSeconds(30),
          false,
          List.of(),
          List.of(),
          false,
          true);

  /**
   * Of this deployment; where the settings are invalid the node says so elsewhere, and these are
   * the defaults.
   */
  static HttpOptions deployed() {
    try {
      return of(DeployedSettings.load());
    } catch (InvalidSettingsException e) {
      return DEFAULT;
    }
  }

  static HttpOptions of(Settings settings) {
    return new HttpOptions(
        settings.dev(),
        settings.httpResponseHeaders(),
        settings.httpBlockEndpoints(),
        settings.httpAllowWriteFrom(),
        settings.limits().httpMaxConnsPerClient(),
        settings.defaultQueryTime(),
        settings.maxQueryTime(),
        settings.discoveryMaxStale(),
        settings.httpBodyTimeout(),
        settings.httpEncodedBodies(),
        names(settings.nodeName(), settings.datacenter()),
        settings.httpAllowedHosts(),
        settings.acl().enabled(),
        settings.acl().defaultAllow());
  }

  /** The node's name, and what Consul's DNS calls an agent. */
  private static List<String> names(String node, String datacenter) {
    return List.of(
        node,
        node + ".node.consul",
        node + ".node." + datacenter + ".consul",
        "consul.service.consul",
        "consul.service." + datacenter + ".consul");
  }

  /** The policy in force, for a header: where nobody keeps access everything is allowed. */
  String defaultPolicy() {
    return !keepsAccess || defaultAllow ? "allow" : "deny";
  }

  /** Who may send requests at all. */
  BrowserGuard guard() {
    String allowedOrigin =
        headers.entrySet().stream()
            .filter(header -> header.getKey().equalsIgnoreCase("Access-Control-Allow-Origin"))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(null);
    return new BrowserGuard(names, allowedHosts, allowedOrigin);
  }

  /** Whether {@link Setting#HTTP_BLOCK_ENDPOINTS} has a path. */
  boolean blocks(RequestPath path) {
    for (String beginning : blocked) {
      if (path.bytes().startsWith(Octets.of(beginning))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a client may write.
   *
   * @param address a literal
   */
  boolean takesWritesFrom(String address) {
    if (writers.isEmpty()) {
      return true;
    }
    try {
      return Network.allows(writers, InetAddress.getByName(address));
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
