package org.comitia.cli.agent;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.comitia.config.Settings;
import sun.misc.Signal;

/**
 * The life of the agent's process: it tells signals apart and ends the process with the right exit
 * code.
 *
 * <p>The command and the application know each other only by objects of java.base types in the
 * system properties. The application puts {@link #LEAVE} and {@link #STOP} there when it finds
 * {@code comitia.command=true}; the command puts {@link #EXIT} there before it starts the
 * application.
 */
final class AgentProcess {
  /**
   * A {@code Supplier<String>} of the application: leaves the cluster, blocking; "" when left, else
   * why not.
   */
  static final String LEAVE = "comitia.command.leave";

  /**
   * A {@code Runnable} of the application: ends a start that is under way, hands leadership over
   * without leaving and answers what waits, blocking. Called before each stop of the server, after
   * a leave as well. The command puts a text there when it ends the process before the application
   * has begun, which then does not.
   */
  static final String STOP = "comitia.command.stop";

  /**
   * A {@code Supplier<String>} of the application: takes over changed settings and definitions,
   * blocking; "" when they are in force, else why not.
   */
  static final String RELOAD = "comitia.command.reload";

  /**
   * A {@code Supplier<String>} of the command: reads flags and files again into the system
   * properties, blocking; "" when that was done, else what is wrong with them.
   */
  static final String CONFIGURE = "comitia.command.configure";

  /**
   * A {@code BiConsumer<Integer, String>} of the command: ends the process with the exit code; a
   * text that is not empty is printed as the reason. Returns at once; the server is stopped
   * afterwards.
   */
  static final String EXIT = "comitia.command.exit";

  /**
   * A {@code Consumer<String>} of the command: takes the application's log lines, each with its
   * newline, on any thread; returns when the line is written.
   */
  static final String LOG = "comitia.command.log";

  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(15);
  private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(5);
  private static final Duration SERVER_STOP_LIMIT = Duration.ofSeconds(30);

  private final Settings settings;
  private final LibertyServer server;
  private final DataDirectory directory;
  private final AgentLog log;
  private final Supplier<String> configure;
  private final Systemd systemd = Systemd.of(System.getenv());
  private final AtomicBoolean ending = new AtomicBoolean();
  private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

  /**
   * @param configure see {@link #CONFIGURE}
   */
  AgentProcess(
      Settings settings,
      LibertyServer server,
      DataDirectory directory,
      AgentLog log,
      Supplier<String> configure) {
    this.configure = configure;
    this.settings = settings;
    this.server = server;
    this.directory = directory;
    this.log = log;
  }

  /**
   * Takes the signals, and lets the application end the process. Called before the server starts.
   */
  void install() {
    Signal.handle(new Signal("INT"), signal -> onSignal("interrupt", leavesOnInterrupt()));
    Signal.handle(
        new Signal("TERM"), signal -> onSignal("terminated", settings.leaveOnTerminate()));
    Signal.handle(new Signal("HUP"), signal -> onHangUp());
    Properties properties = System.getProperties();
    properties.put(CONFIGURE, configure);
    BiConsumer<Integer, String> exit = this::exit;
    properties.put(EXIT, exit);
    Consumer<String> lines = log::line;
    properties.put(LOG, lines);
    properties.setProperty("comitia.command", "true");
  }

  /** Whether the application is up: it has offered what the command needs of it. */
  static boolean applicationReady() {
    return System.getProperties().get(LEAVE) instanceof Supplier<?>;
  }

  /** Whether the process is about to end, by a signal or by the application's wish. */
  boolean ending() {
    return ending.get();
  }

  /** To be called once the agent serves. */
  void serves() {
    tell(Systemd.READY);
  }

  private void tell(String state) {
    String problem = systemd.tell(state);
    if (!problem.isEmpty()) {
      log.warn(problem);
    }
  }

  /**
   * Starts the server; returns when it has started, or when the process shall end before.
   *
   * @param start blocks until the server has started
   * @return false when the process shall end: see {@link #endStart()}
   * @throws AgentException when it did not start
   */
  boolean start(ServerStart start) throws AgentException, InterruptedException {
    CompletableFuture<Integer> started = new CompletableFuture<>();
    Thread starting =
        new Thread(
            () -> {
              try {
                start.run();
                started.complete(0);
              } catch (AgentException | RuntimeException | Error e) {
                started.completeExceptionally(e);
              }
            },
            "comitia-server-start");
    starting.setDaemon(true);
    starting.start();
    try {
      CompletableFuture.anyOf(started, exitCode).get();
      if (started.isDone()) {
        started.get();
        return true;
      }
      endStart();
      if (applicationReady()) { // it was quicker
        started.get();
        return true;
      }
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AgentException problem) {
        throw problem;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** What starts the server. */
  interface ServerStart {
    void run() throws AgentException;
  }

  /** The application closes what it has begun; one that has not begun will not. */
  private void endStart() {
    log.info("Ending the start");
    haltLater(1);
    Object stop = System.getProperties().putIfAbsent(STOP, "ended");
    if (stop instanceof Runnable) {
      prepareStop();
    }
  }

  /**
   * Ends the process whose server has not started. Liberty cannot be stopped while it starts, and
   * nothing of ours is open any more.
   */
  void halt() throws InterruptedException {
    closeDirectory();
    try {
      Runtime.getRuntime().halt(exitCode.get());
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the process shall end, stops the server and says with which code to exit. */
  int awaitEnd() throws InterruptedException {
    int code;
    try {
      code = exitCode.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    haltLater(code);
    prepareStop();
    try {
      server.stop();
    } catch (AgentException e) {
      log.error(e.getMessage());
    }
    closeDirectory();
    return code;
  }

  private void closeDirectory() {
    directory.close();
    if (settings.dev()) {
      directory.delete();
    }
  }

  /** In development mode there are no other members to tell, and no data to keep. */
  private boolean leavesOnInterrupt() {
    return !settings.skipLeaveOnInterrupt() && !settings.dev();
  }

  private void exit(int code, String reason) {
    if (ending.compareAndSet(false, true)) {
      tell(Systemd.STOPPING);
      if (reason != null && !reason.isEmpty()) {
        System.err.println("==> " + reason);
      }
      exitCode.complete(code);
    }
  }

  private void onSignal(String name, boolean leave) {
    if (!ending.compareAndSet(false, true)) {
      log.info("Caught second signal, Exiting: signal=" + name);
      Runtime.getRuntime().halt(1);
    }
    log.info("Caught: signal=" + name);
    tell(Systemd.STOPPING);
    Thread worker = new Thread(() -> exitCode.complete(leave ? leave() : stop()), "comitia-end");
    worker.setDaemon(true);
    worker.start();
  }

  private void onHangUp() {
    log.info("Caught: signal=hangup");
    Thread worker = new Thread(this::reload, "comitia-hangup");
    worker.setDaemon(true);
    worker.start();
  }

  private void reload() {
    if (System.getProperties().get(RELOAD) instanceof Supplier<?> supplier) {
      String problem = String.valueOf(supplier.get());
      if (!problem.isEmpty()) {
        log.error("COM1120: Failed to reload, nothing has changed: " + problem);
      }
    } else {
      log.warn("the agent has not started yet, it does not reload");
    }
  }

  /** Leaves the cluster; when that cannot be done in time it becomes a stop. */
  private int leave() {
    log.info("Gracefully shutting down agent...");
    String problem;
    Object leave = System.getProperties().get(LEAVE);
    if (leave instanceof Supplier<?> supplier) {
      problem =
          within(LEAVE_LIMIT, () -> String.valueOf(supplier.get()), "Timeout on graceful leave");
    } else {
      problem = "the agent has not started yet";
    }
    if (problem.isEmpty()) {
      log.info("Graceful exit completed");
      return 0;
    }
    log.warn("COM1121: Leaving failed, stopping instead: " + problem);
    stop();
    return 1;
  }

  private int stop() {
    log.info("Stopping without leaving");
    return 0;
  }

  /** The server waits for every answer before it stops: whoever waits for a change is answered. */
  private void prepareStop() {
    if (System.getProperties().get(STOP) instanceof Runnable handOver) {
      String problem =
          within(
              HAND_OVER_LIMIT,
              () -> {
                handOver.run();
                return "";
              },
              "Timeout on handing leadership over");
      if (!problem.isEmpty()) {
        log.warn(problem);
      }
    }
  }

  private static String within(Duration limit, Supplier<String> work, String timeout) {
    CompletableFuture<String> done = new CompletableFuture<>();
    Thread worker =
        new Thread(
            () -> {
              try {
                done.complete(work.get());
              } catch (RuntimeException | Error e) {
                done.complete(e.toString());
              }
            },
            "comitia-end-work");
    worker.setDaemon(true);
    worker.start();
    try {
      return done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return timeout + " after " + limit.toSeconds() + "s";
    } catch (InterruptedException | ExecutionException e) {
      return e.toString();
    }
  }

  /** The process ends, whatever hangs in the server's stop. */
  private void haltLater(int code) {
    Thread watchdog =
        new Thread(
            () -> {
              try {
                Thread.sleep(SERVER_STOP_LIMIT.toMillis());
              } catch (InterruptedException e) {
                return;
              }
              log.error(
                  "COM1122: the server did not stop in "
                      + SERVER_STOP_LIMIT.toSeconds()
                      + "s, Exiting");
              Runtime.getRuntime().halt(code == 0 ? 1 : code);
            },
            "comitia-end-limit");
    watchdog.setDaemon(true);
    watchdog.start();
  }
}
