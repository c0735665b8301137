package org.comitia.cli.snapshot;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.DurationOption;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.cli.command.Signals;
import org.comitia.config.GoDuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia snapshot agent}: a snapshot into a folder every hour. */
@Command(
    name = "agent",
    description = {
      "Saves snapshots into a folder again and again, until Ctrl-C or SIGTERM.",
      "Each is a file comitia-TIME.snap that is checked as by `snapshot save`; only when a new one is there the oldest beyond -retain are"
          + " deleted, and no file of another name. Of several such agents in a cluster one works, the holder of a lock; the"
          + " others take its place when it is gone. What fails is tried again and said in a line.",
      "With -interval=0 one snapshot, without the lock: exit code 0 says that it is there. An option beats the configuration file."
    },
    footer = {
      "comitia snapshot agent -interval=1h -retain=48 -local-path=/var/backups/comitia",
      "comitia snapshot agent -config-file=/etc/comitia/snapshot.json",
      "comitia snapshot agent -interval=0 -local-path=/var/backups/comitia"
    })
public final class SnapshotAgentCommand extends ScopedCommand {
  /** How long what is being written may take to notice that it is to end. */
  private static final long END_MILLIS = 5_000;

  @Option(
      names = {"-interval", "--interval"},
      paramLabel = "DURATION",
      converter = DurationOption.class,
      description = "Between two snapshots; 0: one, and the end. Default: 1h.")
  private Duration interval;

  @Option(
      names = {"-retain", "--retain"},
      paramLabel = "N",
      description = "How many files stay, the new one among them; 0: all. Default: 30.")
  private Integer retain;

  @Option(
      names = {"-local-path", "--local-path"},
      paramLabel = "DIR",
      description = "The folder, which must be there. Default: the current one.")
  private String folder;

  @Option(
      names = {"-lock-key", "--lock-key"},
      paramLabel = "KEY",
      description = "The key of the lock. Default: consul-snapshot/lock.")
  private String lockKey;

  @Option(
      names = {"-max-failures", "--max-failures"},
      paramLabel = "N",
      description =
          "After so many failures in a row the lock is given up, so that another agent may try; 0: never. Default: 3.")
  private Integer maxFailures;

  @Option(
      names = {"-config-file", "--config-file"},
      paramLabel = "FILE",
      description = "Options, the agent's address and the token as JSON, in Consul's form.")
  private String configFile;

  @Override
  public Integer call() throws InterruptedException {
    SnapshotPlan plan;
    AgentClient agent;
    try {
      SnapshotAgentFile file =
          configFile == null
              ? SnapshotAgentFile.none()
              : SnapshotAgentFile.read(Path.of(configFile));
      plan = plan(file);
      agent = agent(file.environment());
    } catch (IllegalArgumentException e) {
      return fail("Error in the configuration: " + e.getMessage());
    } catch (AgentException e) {
      return fail("Error initializing client: " + e.getMessage());
    }
    String problem = plan.problem();
    if (problem == null && !Files.isDirectory(plan.folder())) {
      problem = "there is no folder " + plan.folder().toAbsolutePath();
    }
    if (problem != null) {
      return fail("Error in the configuration: " + problem);
    }
    SnapshotRunner runner = new SnapshotRunner(agent, plan, this::write);
    if (plan.interval().isZero()) {
      return runner.once() ? 0 : 1;
    }
    runUntilTold(runner);
    return 0;
  }

  private SnapshotPlan plan(SnapshotAgentFile file) {
    return new SnapshotPlan(
        first(interval, file, "-interval", GoDuration::parse, Duration.ofHours(1)),
        first(retain, file, "-retain", Integer::valueOf, 30),
        first(maxFailures, file, "-max-failures", Integer::valueOf, 3),
        first(lockKey, file, "-lock-key", text -> text, "consul-snapshot/lock"),
        Path.of(first(folder, file, "-local-path", text -> text, ".")),
        first(datacenter(), file, "-datacenter", text -> text, null),
        stale() || Boolean.parseBoolean(file.option("-stale")));
  }

  private static <T> T first(
      T option, SnapshotAgentFile file, String name, Function<String, T> reader, T absent) {
    String text = file.option(name);
    try {
      return option != null ? option : text != null ? reader.apply(text) : absent;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": \"" + text + "\" is no whole number");
    }
  }

  private void runUntilTold(SnapshotRunner runner) throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    Signals.onEnd(signal -> told.countDown());
    Thread work =
        new Thread(
            () -> {
              try {
                runner.run();
              } catch (InterruptedException e) {
                // told to end
              }
            },
            "snapshots");
    work.setDaemon(true);
    work.start();
    told.await();
    work.interrupt();
    work.join(END_MILLIS);
    runner.release(); // should it still wait for an answer
  }

  private synchronized void write(String line) {
    PrintStream out = terminal().out();
    out.print(line);
    out.flush();
  }
}
