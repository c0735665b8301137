package org.comitia.cli.client;

import java.util.Map;
import picocli.CommandLine.Option;

/** Which agent a client command talks to. */
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

  AgentClient client() {
    return client(System.getenv());
  }

  AgentClient client(Map<String, String> environment) {
    String where =
        first(address, environment.get("COMITIA_HTTP_ADDR"), environment.get("CONSUL_HTTP_ADDR"));
    return new AgentClient(
        where == null ? DEFAULT_ADDRESS : where,
        first(token, environment.get("CONSUL_HTTP_TOKEN")));
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
