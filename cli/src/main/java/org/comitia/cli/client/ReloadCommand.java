package org.comitia.cli.client;

import picocli.CommandLine.Command;

/** {@code comitia reload}: makes the agent read its configuration again. */
@Command(
    name = "reload",
    description = {
      "Makes the agent read its configuration files again.",
      "Definitions of services and checks and the log level take effect at once; anything else needs a restart."
    })
public final class ReloadCommand extends ClientCommand {
  @Override
  public Integer call() {
    try {
      agent().put("/v1/agent/reload", AgentClient.SOON);
    } catch (AgentException e) {
      return fail("Error reloading: " + e.getMessage());
    }
    print("Configuration reload triggered");
    return 0;
  }
}
