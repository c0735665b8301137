package org.comitia.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which agent a client command talks to, and what it shows it. */
final class HttpOptions {
  private static final String DEFAULT_ADDRESS = "127.0.0.1:8500";

  @Option(
      names = {"-http-addr", "--http-addr"},
      paramLabel = "ADDR",
      description =
          "The agent's HTTP API: host:port or http://host:port. Else COMITIA_HTTP_ADDR, else CONSUL_HTTP_ADDR,"
              + " else 127.0.0.1:8500.")
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

  AgentClient client() throws AgentException {
    return client(System.getenv());
  }

  AgentClient client(Map<String, String> environment) throws AgentException {
    String where =
        first(address, environment.get("COMITIA_HTTP_ADDR"), environment.get("CONSUL_HTTP_ADDR"));
    if (where != null && where.startsWith("unix://")) {
      throw new AgentException("no unix sockets: give the agent's host:port, not " + where);
    }
    return new AgentClient(
        where == null ? DEFAULT_ADDRESS : where,
        token(environment),
        first(environment.get("CONSUL_HTTP_AUTH")));
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
