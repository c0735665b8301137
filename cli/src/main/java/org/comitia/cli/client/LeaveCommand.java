package org.comitia.cli.client;

import java.time.Duration;
import picocli.CommandLine.Command;

/** {@code comitia leave}: makes the agent leave its cluster gracefully. */
@Command(name = "leave", description = "Makes the agent leave the cluster gracefully and end.")
public final class LeaveCommand extends ClientCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Override
  public Integer call() {
    try {
      agent().put("/v1/agent/leave", TIMEOUT);
    } catch (AgentException e) {
      return fail("Error leaving: " + e.getMessage());
    }
    print("Graceful leave complete");
    return 0;
  }
}
