package org.comitia.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which agent a client command talks to, and what it shows it. */
final class HttpOptions {
  private static final String DEFAULT_ADDRESS = "127.0.0.1:8500";

  @Option(
      names = {"-http-addr", "--http-addr"},
      paramLabel = "ADDR",
      description =
          "The agent's HTTP API: host:port, http://host:port or https://host:port. Else COMITIA_HTTP_ADDR, else"
              + " CONSUL_HTTP_ADDR, else 127.0.0.1:8500. CONSUL_HTTP_SSL=true: always by https.")
  private String address;

  @Option(
      names = {"-token", "--token"},
      paramLabel = "TOKEN",
      description = "Sent as X-Consul-Token. Else CONSUL_HTTP_TOKEN.")
  private String token;

  @Option(
      names = {"-token-file", "--token-file"},
      paramLabel = "FILE",
      description = "A file that holds the token. Else CONSUL_HTTP_TOKEN_FILE.")
  private String tokenFile;

  @Option(
      names = {"-ca-file", "--ca-file"},
      paramLabel = "FILE",
      description = "For https: certificates to believe (PEM). Else CONSUL_CACERT, else the JVM's.")
  private String caFile;

  @Option(
      names = {"-ca-path", "--ca-path"},
      paramLabel = "DIR",
      description = "A directory of such files. Else CONSUL_CAPATH.")
  private String caPath;

  @Option(
      names = {"-client-cert", "--client-cert"},
      paramLabel = "FILE",
      description = "For https: the certificate to show (PEM). Else CONSUL_CLIENT_CERT.")
  private String clientCertificate;

  @Option(
      names = {"-client-key", "--client-key"},
      paramLabel = "FILE",
      description = "Its key (PEM, not encrypted). Else CONSUL_CLIENT_KEY.")
  private String clientKey;

  @Option(
      names = {"-tls-server-name", "--tls-server-name"},
      paramLabel = "NAME",
      description =
          "For https: the name in the agent's certificate, when it is not the host's. Else CONSUL_TLS_SERVER_NAME.")
  private String serverName;

  @Option(
      names = {"-namespace", "--namespace"},
      paramLabel = "NAME",
      description = "Passed on to the agent, which has none and says so. Else CONSUL_NAMESPACE.")
  private String namespace;

  AgentClient client() throws AgentException {
    return client(System.getenv());
  }

  AgentClient client(Map<String, String> environment) throws AgentException {
    String where =
        first(address, environment.get("COMITIA_HTTP_ADDR"), environment.get("CONSUL_HTTP_ADDR"));
    if (where != null && where.startsWith("unix://")) {
      throw new AgentException("no unix sockets: give the agent's host:port, not " + where);
    }
    boolean tls = isTrue(environment, "CONSUL_HTTP_SSL", false);
    String base = base(where == null ? DEFAULT_ADDRESS : where, tls);
    return new AgentClient(
        base,
        new AgentClient.Credentials(
            token(environment),
            first(environment.get("CONSUL_HTTP_AUTH")),
            first(namespace, environment.get("CONSUL_NAMESPACE")),
            base.startsWith("https://") ? tls(environment) : null));
  }

  /** Once https was asked for, an address that says http does not take it back. */
  private static String base(String address, boolean tls) {
    String lower = address.toLowerCase(Locale.ROOT);
    if (lower.startsWith("https://")) {
      return "https" + address.substring("https".length());
    } else if (lower.startsWith("http://")) {
      return (tls ? "https" : "http") + address.substring("http".length());
    }
    return (tls ? "https://" : "http://") + address;
  }

  private ClientTls tls(Map<String, String> environment) throws AgentException {
    return ClientTls.of(
        new ClientTls.Wish(
            isTrue(environment, "CONSUL_HTTP_SSL_VERIFY", true),
            first(caFile, environment.get("CONSUL_CACERT")),
            first(caPath, environment.get("CONSUL_CAPATH")),
            first(clientCertificate, environment.get("CONSUL_CLIENT_CERT")),
            first(clientKey, environment.get("CONSUL_CLIENT_KEY")),
            first(serverName, environment.get("CONSUL_TLS_SERVER_NAME"))));
  }

  /** What cannot be understood is refused: it might have asked for a protection. */
  private static boolean isTrue(Map<String, String> environment, String name, boolean absent)
      throws AgentException {
    String text = first(environment.get(name));
    if (text != null && !Arguments.isBoolean(text)) {
      throw new AgentException(
          "could not parse " + name + ": " + Arguments.quoted(text) + " is neither true nor false");
    }
    return text == null ? absent : Arguments.isTrue(text);
  }

  /** The option beats the environment; of each, the token beats the file. */
  private String token(Map<String, String> environment) throws AgentException {
    if (first(token) != null) {
      return token.trim();
    }
    if (first(tokenFile) != null) {
      return read(tokenFile.trim());
    }
    String given = first(environment.get("CONSUL_HTTP_TOKEN"));
    String file = first(environment.get("CONSUL_HTTP_TOKEN_FILE"));
    return given != null || file == null ? given : read(file);
  }

  private static String read(String file) throws AgentException {
    try {
      String text = Files.readString(Path.of(file)).trim();
      return text.isEmpty() ? null : text;
    } catch (IOException e) {
      throw new AgentException("Error loading token file " + file + ": " + e);
    }
  }

  private static String first(String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null && !candidate.isBlank()) {
        return candidate.trim();
      }
    }
    return null;
  }
}
