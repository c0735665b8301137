package org.comitia.cli.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia force-leave}: declares a failed member to have left. */
@Command(
    name = "force-leave",
    description = {
      "Declares a failed member to have left.",
      "For a member that does not come back: a server is taken out of Raft's configuration, the node out of the catalog. A"
          + " member that is alive is not affected."
    },
    footer = "comitia force-leave -prune n3")
public final class ForceLeaveCommand extends ClientCommand {
  @Option(
      names = {"-prune", "--prune"},
      description = "Also remove it from the list of members.")
  private boolean prune;

  @Parameters(paramLabel = "NODE", arity = "0..*", description = "the member's name")
  private List<String> nodes = new ArrayList<>();

  @Override
  public Integer call() {
    if (nodes.size() != 1) {
      fail("A single node name must be specified to force leave.");
      return fail(usage());
    }
    try {
      agent()
          .put(
              "/v1/agent/force-leave/"
                  + AgentClient.segment(nodes.get(0))
                  + (prune ? "?prune=1" : ""),
              Duration.ofSeconds(30));
    } catch (AgentException e) {
      return fail("Error force leaving: " + e.getMessage());
    }
    return 0;
  }
}
