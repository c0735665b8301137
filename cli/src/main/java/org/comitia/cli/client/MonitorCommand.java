package org.comitia.cli.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.comitia.cli.command.Signals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia monitor}: the agent's log lines as they come. */
@Command(
    name = "monitor",
    description = {
      "Streams the agent's log lines.",
      "Also those that are below the agent's own log level, until Ctrl-C (exit code 0) or the agent's end (exit code 1)."
    },
    footer = "comitia monitor -log-level=debug")
public final class MonitorCommand extends ClientCommand {
  @Option(
      names = {"-log-level", "--log-level"},
      paramLabel = "LEVEL",
      description = "trace, debug, info, warn or err. Default: info.")
  private String level = "INFO";

  @Option(
      names = {"-log-json", "--log-json"},
      description = "Lines as JSON objects.")
  private boolean json;

  @Override
  public Integer call() {
    Signals.onEnd(name -> Signals.exit(0));
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                agent().stream(
                    "/v1/agent/monitor"
                        + new QueryParameters()
                            .add("loglevel", level)
                            .add("logjson", json ? "true" : "")),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        print(line);
      }
    } catch (AgentException e) {
      return fail("Error starting monitor: " + e.getMessage());
    } catch (IOException e) {
      // the agent has ended in the middle of a line
    }
    print("");
    print(
        "Remote side ended the monitor! This usually means that the\n"
            + "remote side has exited or crashed.");
    return 1;
  }
}
