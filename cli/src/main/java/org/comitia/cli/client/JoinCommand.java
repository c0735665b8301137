package org.comitia.cli.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia join}: makes the agent join a cluster by contacting the given members. */
@Command(
    name = "join",
    description = {
      "Makes the agent join a cluster by contacting members.",
      "One member that answers is enough (exit code 0); it tells of all others."
    },
    footer = "comitia join 10.0.0.1 10.0.0.2:8301")
public final class JoinCommand extends ClientCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @Option(
      names = {"-wan", "--wan"},
      description = "Join another datacenter; not there yet, the agent refuses it.")
  private boolean wan;

  @Parameters(
      paramLabel = "ADDR...",
      arity = "0..*",
      description = "host or host:serf-lan-port of a member")
  private List<String> addresses = new ArrayList<>();

  @Override
  public Integer call() {
    if (addresses.isEmpty()) {
      fail("At least one address to join must be specified.");
      return fail(usage());
    }
    int joined = 0;
    for (String address : addresses) {
      try {
        agent()
            .put("/v1/agent/join/" + AgentClient.segment(address) + (wan ? "?wan=1" : ""), TIMEOUT);
        joined++;
      } catch (AgentException e) {
        fail("Error joining address '" + address + "': " + e.getMessage());
      }
    }
    if (joined == 0) {
      return fail("Failed to join any nodes.");
    }
    print("Successfully joined cluster by contacting " + joined + " nodes.");
    return 0;
  }
}
