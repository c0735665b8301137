package org.comitia.cli.watch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ChildCommand;
import org.comitia.cli.client.IndentedJson;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.cli.command.Signals;
import org.comitia.config.GoDuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia watch}: prints what it is now, or runs a command whenever it changes. */
@Command(
    name = "watch",
    description = {
      "Watches keys, services, nodes, checks or events.",
      "Without a command, prints the present value as JSON and ends. With one, runs it with the value as JSON on its standard"
          + " input and CONSUL_INDEX in its environment: at once and after every change, until Ctrl-C (exit code 0) or until"
          + " the command fails (exit code 1)."
    },
    footer = {
      "comitia watch -type=key -key=redis/config/connections",
      "comitia watch -type=service -service=web -passingonly=true ./reload-proxy.sh",
      "comitia watch -type=event -name=deploy 'jq -r .[].Payload | base64 -d'"
    })
public final class WatchCommand extends ScopedCommand {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  @Option(
      names = {"-type", "--type"},
      paramLabel = "TYPE",
      description = "What to watch: key, keyprefix, services, nodes, service, checks or event.")
  private String type = "";

  @Option(
      names = {"-key", "--key"},
      paramLabel = "KEY",
      description = "For key: which one.")
  private String key = "";

  @Option(
      names = {"-prefix", "--prefix"},
      paramLabel = "PREFIX",
      description = "For keyprefix: all keys that start with it.")
  private String prefix = "";

  @Option(
      names = {"-service", "--service"},
      paramLabel = "NAME",
      description = "For service: which one. For checks: only those of this service.")
  private String service = "";

  @Option(
      names = {"-tag", "--tag"},
      paramLabel = "TAG",
      description = "For service: only instances with this tag; may be given several times.")
  private List<String> tags = new ArrayList<>();

  @Option(
      names = {"-passingonly", "--passingonly"},
      paramLabel = "true|false",
      description = "For service: only instances whose checks all pass. Default: false.")
  private String passingOnly = "";

  @Option(
      names = {"-state", "--state"},
      paramLabel = "STATE",
      description = "For checks: only those in this state: any, passing, warning or critical.")
  private String state = "";

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "For event: only events of this name.")
  private String name = "";

  @Option(
      names = {"-shell", "--shell"},
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      description = "Let a shell run the command ($SHELL, else /bin/sh). Default: true.")
  private boolean shell = true;

  @Parameters(paramLabel = "[COMMAND...]", arity = "0..*")
  private List<String> child = new ArrayList<>();

  private volatile Process running;
  private int exitCode;

  /** What follows is the command with its own options. */
  @Spec
  void endOptionsAtCommand(CommandSpec spec) {
    spec.parser().stopAtPositional(true);
  }

  @Override
  public Integer call() throws InterruptedException {
    if (type.isEmpty()) {
      return failWithUsage("Watch type must be specified");
    }
    if (!passingOnly.isEmpty() && !Arguments.isBoolean(passingOnly)) {
      return fail(
          "Failed to parse passingonly flag: strconv.ParseBool: parsing "
              + Arguments.quoted(passingOnly)
              + ": invalid syntax");
    }
    WatchQuery query;
    try {
      query =
          WatchQuery.of(
              new WatchQuery.Wish(
                  type,
                  key,
                  prefix,
                  service,
                  tags,
                  Arguments.isTrue(passingOnly),
                  state,
                  name,
                  datacenter(),
                  stale()));
    } catch (IllegalArgumentException e) {
      return fail(e.getMessage());
    }
    AgentClient agent;
    try {
      agent = agent();
      agent.getValue("/v1/status/leader", AgentClient.SOON);
    } catch (AgentException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    Signals.onEnd(this::end);
    return follow(agent, query);
  }

  private int follow(AgentClient agent, WatchQuery query) throws InterruptedException {
    Follower follower = new Follower(agent, query, this::tell);
    follower.follow(() -> true, this::take);
    return exitCode;
  }

  private boolean take(WatchQuery.Seen seen) throws InterruptedException {
    if (child.isEmpty()) {
      print(IndentedJson.of(seen.value(), "    "));
      return false;
    }
    boolean done = handle(seen);
    exitCode = done ? 0 : 1;
    return done;
  }

  private void tell(AgentException problem, Duration pause) {
    fail(
        TIME.format(Instant.now())
            + " [ERROR] watch: Watch errored: type="
            + type
            + " error="
            + Arguments.quoted(problem.getMessage())
            + " retry="
            + GoDuration.format(pause));
  }

  /**
   * @return false when the command failed
   */
  private boolean handle(WatchQuery.Seen seen) throws InterruptedException {
    ProcessBuilder builder = ChildCommand.builder(child, shell);
    builder.environment().put("CONSUL_INDEX", Long.toUnsignedString(seen.index()));
    try {
      running = builder.start();
    } catch (IOException e) {
      fail("Error starting handler: " + e.getMessage());
      return false;
    }
    try (OutputStream in = running.getOutputStream()) {
      in.write((seen.value() + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // it did not want to read everything
    }
    int code = running.waitFor();
    running = null;
    if (code != 0) {
      fail("Error executing handler: exit status " + code);
    }
    return code == 0;
  }

  private void end(String signal) {
    Process child = running;
    if (child != null) {
      child.destroy();
    }
    Signals.exit(0);
  }
}
