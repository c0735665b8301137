package org.comitia.it.clients;

import java.io.IOException;
import org.comitia.it.Http;

/**
 * A service with a TTL check at one server's agent, for clients to find; critical until it passes,
 * gone when closed.
 */
final class LocalService implements AutoCloseable {
  private final Http agent;
  private final String id;

  /**
   * @param agent the API of the server that it is registered at
   * @param address where the service is said to be; nothing has to listen there
   */
  LocalService(Http agent, String name, String id, String address, int port) throws IOException {
    this.agent = agent;
    this.id = id;
    String definition =
        """
        {"ID": "%s", "Name": "%s", "Address": "%s", "Port": %d, "Tags": ["it"],
         "Meta": {"from": "a test"}, "Check": {"TTL": "10m"}}"""
            .formatted(id, name, address, port);
    accepted(agent.put("/v1/agent/service/register", definition));
  }

  LocalService passes() throws IOException {
    accepted(agent.put("/v1/agent/check/pass/service:" + id, ""));
    return this;
  }

  LocalService fails() throws IOException {
    accepted(agent.put("/v1/agent/check/fail/service:" + id, ""));
    return this;
  }

  @Override
  public void close() throws IOException {
    accepted(agent.put("/v1/agent/service/deregister/" + id, ""));
  }

  private static void accepted(Http.Answer answer) {
    if (answer.status() != 200) {
      throw new AssertionError(answer.raw().uri() + ": " + answer.status() + " " + answer.body());
    }
  }
}
