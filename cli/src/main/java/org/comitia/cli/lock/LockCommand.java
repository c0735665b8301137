package org.comitia.cli.lock;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.DurationOption;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.cli.command.Signals;
import org.comitia.cli.kv.KvStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia lock}: runs a command while a lock or a semaphore's slot is held. */
@Command(
    name = "lock",
    description = {
      "Runs a command while it holds a lock.",
      "Waits for the lock below the key prefix, runs the command with CONSUL_LOCK_HELD=true in its environment, and gives the"
          + " lock back when it ends. When the lock is lost, the command is told to end (SIGTERM) and killed after five"
          + " seconds. With -n above 1, a semaphore: that many holders at a time; all must say the same number.",
      "The lock is advisory: it is lost a moment before its holder can know."
    },
    footer = {
      "comitia lock service/backup ./backup.sh",
      "comitia lock -n=3 -timeout=10s service/workers 'sleep 60; echo done'"
    })
public final class LockCommand extends ScopedCommand {
  /** The key below the prefix, for locks and semaphores alike: one finds out about the other. */
  private static final String KEY = ".lock";

  private enum Event {
    ACQUIRED,
    NOT_ACQUIRED,
    LOST,
    CHILD_ENDED,
    SHUTDOWN
  }

  @Option(
      names = {"-child-exit-code", "--child-exit-code"},
      description = "Exit with 2 when the command failed. Else its end is not told from success.")
  private boolean childExitCode;

  @Option(
      names = {"-monitor-retry", "--monitor-retry"},
      paramLabel = "N",
      description =
          "How often in a row the agent may fail to say, a second apart, whether the lock is still held. Default: 3.")
  private int monitorRetry = 3;

  @Option(
      names = {"-n", "--n"},
      paramLabel = "N",
      description = "How many may hold it at a time. Default: 1.")
  private int limit = 1;

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "The session's name. Default: made from the command and the prefix.")
  private String name = "";

  @Option(
      names = {"-pass-stdin", "--pass-stdin"},
      description = "The command reads our standard input.")
  private boolean passInput;

  @Option(
      names = {"-shell", "--shell"},
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      description = "Let a shell run the command ($SHELL, else /bin/sh). Default: true.")
  private boolean shell = true;

  @Option(
      names = {"-timeout", "--timeout", "-try", "--try"},
      paramLabel = "DURATION",
      converter = DurationOption.class,
      description = "How long to wait for the lock; then exit with 1. Default: for ever.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = {"-verbose", "--verbose"},
      description = "Say what happens.")
  private boolean verbose;

  @Parameters(paramLabel = "PREFIX COMMAND...", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile String acquisitionProblem;
  private volatile LockedChild child;
  private volatile int childCode;

  /** What follows is the command with its own options. */
  @Spec
  void endOptionsAtPrefix(CommandSpec spec) {
    spec.parser().stopAtPositional(true);
  }

  @Override
  public Integer call() throws InterruptedException {
    String problem = misuse();
    if (problem != null) {
      return fail(problem);
    }
    AgentClient agent;
    try {
      agent = agent();
      agent.getValue("/v1/agent/self", AgentClient.SOON);
    } catch (AgentException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    if (limit > 1 && prefix().isEmpty()) {
      return fail("Lock setup failed: missing prefix");
    }
    Recipe recipe = recipe(agent);
    Signals.onEnd(signal -> events.add(Event.SHUTDOWN));
    Signals.onHangUp(this::passHangUp);
    say("Attempting lock acquisition");
    LockSession session;
    try {
      session = LockSession.create(agent, sessionName(), limit > 1, () -> events.add(Event.LOST));
    } catch (AgentException e) {
      return fail("Lock acquisition failed: failed to create session: " + e.getMessage());
    }
    try {
      start(() -> acquire(recipe, session.id()));
      if (events.take() != Event.ACQUIRED) {
        return notAcquired();
      }
      run(recipe, session.id());
      return end(recipe, session);
    } finally {
      session.destroy();
    }
  }

  private String misuse() {
    if (limit <= 0) {
      return "Lock holder limit must be positive";
    } else if (arguments.size() < 2) {
      return "Key prefix and child command must be specified";
    } else if (timeout.isNegative()) {
      return "Timeout must be positive";
    } else if (monitorRetry < 0) {
      return "Number for 'monitor-retry' must be >= 0";
    }
    return null;
  }

  private Recipe recipe(AgentClient agent) {
    String prefix = prefix();
    String key = prefix.isEmpty() ? KEY : prefix + "/" + KEY;
    KvStore store = new KvStore(agent);
    LockReads reads = new LockReads(timeout, monitorRetry, datacenter());
    if (limit == 1) {
      say("Setting up lock at path: " + key);
      return new Mutex(store, key, reads);
    }
    say("Setting up semaphore (limit " + limit + ") at prefix: " + prefix);
    return new Semaphore(store, prefix, key, limit, reads);
  }

  private String prefix() {
    return arguments.get(0).replaceAll("/+", "/").replaceAll("^/|/$", "");
  }

  private String sessionName() {
    return name.isEmpty()
        ? "Consul lock for '"
            + String.join(" ", words())
            + "' at '"
            + arguments.get(0).replaceFirst("^/", "")
            + "'"
        : name;
  }

  private List<String> words() {
    return arguments.subList(1, arguments.size());
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  /**
   * The requests that block have a thread each: the command itself waits for what happens first.
   */
  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "lock");
    thread.setDaemon(true);
    thread.start();
  }

  private void acquire(Recipe recipe, String session) throws InterruptedException {
    try {
      events.add(recipe.acquire(session) ? Event.ACQUIRED : Event.NOT_ACQUIRED);
    } catch (AgentException e) {
      acquisitionProblem = e.getMessage();
      events.add(Event.NOT_ACQUIRED);
    }
  }

  private int notAcquired() {
    String problem = acquisitionProblem;
    return fail(
        problem == null
            ? "Shutdown triggered or timeout during lock acquisition"
            : "Lock acquisition failed: " + problem);
  }

  /** Runs the command until it ends, or until it must. */
  private void run(Recipe recipe, String session) throws InterruptedException {
    start(
        () -> {
          recipe.awaitLoss(session);
          events.add(Event.LOST);
        });
    say("Starting handler");
    try {
      child = LockedChild.start(words(), shell, passInput, this::say);
    } catch (IOException e) {
      fail("Error starting handler: " + e.getMessage());
      childCode = 1;
      return;
    }
    child.onEnd(
        code -> {
          childCode = code;
          events.add(Event.CHILD_ENDED);
        });
    Event event = events.take();
    if (event == Event.CHILD_ENDED) {
      if (childCode != 0) {
        fail("Error running handler: exit status " + childCode);
      }
      say("Child terminated, releasing lock");
    } else {
      say((event == Event.LOST ? "Lock lost" : "Shutdown triggered") + ", killing child");
      child.kill();
      childCode = 0;
    }
  }

  private int end(Recipe recipe, LockSession session) {
    try {
      recipe.release(session.id());
    } catch (AgentException e) {
      return fail("Lock release failed: " + e.getMessage());
    }
    try {
      say(recipe.cleanUp() ? "Cleanup succeeded" : "Cleanup aborted, lock in use");
    } catch (AgentException e) {
      return fail("Lock cleanup failed: " + e.getMessage());
    }
    return childExitCode && childCode != 0 ? 2 : 0;
  }

  private void passHangUp() {
    LockedChild running = child;
    if (running != null) {
      running.signal("HUP");
    }
  }

  private void say(String line) {
    if (verbose) {
      print(line);
    }
  }
}
