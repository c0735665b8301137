package org.comitia.runtime;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Local;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.comitia.agent.Agent;
import org.comitia.agent.Telemetry;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Member;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.UserEvent;
import org.comitia.cluster.WriteOutcome;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.LogLevel;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.comitia.log.LogOutlets;
import org.comitia.log.LogStream;
import org.comitia.state.CheckStatus;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;

/**
 * The node as a session bean: starts the engine on managed threads when the application starts, and
 * stops it, joined, before the application is gone. Until it runs, and when it refuses to, it
 * answers so; it never throws across its proxy.
 */
@Startup
@Singleton
@Local({Cluster.class, Agent.class, Telemetry.class, LocalServices.class, Events.class})
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class ComitiaNode implements Cluster, Agent, Telemetry, LocalServices, Events {
  private static final Logger LOG = Logger.getLogger("agent");

  /** Longer than a start takes; a start that hangs is left to the container. */
  private static final long START_JOIN_MILLIS = 15_000;

  @Resource(lookup = "concurrent/comitia-threads")
  private ManagedThreadFactory threads;

  @Resource(lookup = "concurrent/comitia-executor")
  private ManagedExecutorService executor;

  @Resource(lookup = "concurrent/comitia-scheduled")
  private ManagedScheduledExecutorService scheduled;

  private final LogOutlets outlets = new LogOutlets();
  private volatile NodeRuntime runtime;
  private volatile boolean running;
  private volatile boolean stopping;
  private volatile String refused = "";
  private volatile CommandLog commandLog;
  private final CompletableFuture<Void> ending = new CompletableFuture<>();
  private Thread starting;

  /** Returns at once, so that the container's start does not wait for a disk. */
  @PostConstruct
  void start() {
    starting = threads.newThread(this::run);
    starting.setName("comitia-start");
    starting.start();
  }

  private void run() {
    if (!CommandLink.begin(this::handOver)) {
      return; // the process is ending already
    }
    try {
      Settings settings = DeployedSettings.load();
      if (CommandLink.isPresent()) {
        commandLog = new CommandLog(outlets, settings.logLevel(), settings.logJson());
      }
      NodeRuntime node =
          new NodeRuntime(
              settings,
              new NodeRuntime.Container(
                  threads, executor::execute, scheduled, ComitiaNode::dataSource));
      runtime = node;
      if (stopping) { // looked at after it is known: whoever stops finds it, or this does
        node.endStart();
      }
      node.start();
      running = true;
      CommandLink.offer(this::leaveForCommand, this::reloadForCommand);
      LOG.info("Comitia agent running!");
    } catch (StartEndedException e) {
      LOG.info("the start ends before it is through: this agent stops");
      runtime.close();
    } catch (InvalidSettingsException e) {
      refuse(String.join("; ", e.problems()));
    } catch (RefusedException e) {
      refuse(e.getMessage());
    } catch (RuntimeException | Error e) { // a library that cannot be loaded is an Error
      String reason = "COM1002: the agent could not start: " + e;
      LOG.log(Level.SEVERE, reason, e);
      refuse(reason);
    }
  }

  private void refuse(String reason) {
    refused = reason;
    LOG.severe("COM1001: this node does not start: " + reason);
    NodeRuntime node = runtime;
    if (node != null) {
      node.close();
    }
    CommandLink.exit(1, reason);
  }

  private static DataSource dataSource(String name) {
    try {
      return (DataSource) new InitialContext().lookup(name);
    } catch (NamingException e) {
      throw new IllegalStateException(
          "COM1003: no data source "
              + name
              + " in this server: server mode needs the one of the README's server.xml snippet",
          e);
    }
  }

  /**
   * Hands leadership over, ends and joins all threads, closes ports and stores; inside the
   * container's stop timeout.
   */
  @PreDestroy
  void stop() {
    CommandLink.withdraw();
    answerWaiting();
    endStart();
    answerWaiting(); // a start that came through meanwhile has begun to serve
    NodeRuntime node = runtime;
    if (node != null) {
      node.close();
    }
    CommandLog log = commandLog;
    if (log != null) {
      log.close();
    }
    RecordHandles.forget();
  }

  private String leaveForCommand() {
    String problem = runtime.agent().leave();
    return problem == null ? "" : problem;
  }

  /** On a thread of ours: the command's has no part in this application. */
  private String reloadForCommand() {
    CompletableFuture<String> problem = new CompletableFuture<>();
    Thread reloading = threads.newThread(() -> problem.complete(reload()));
    reloading.setName("comitia-reload");
    reloading.start();
    String reason = problem.join();
    return reason == null ? "" : reason;
  }

  /** Leadership first: who is answered here asks elsewhere, and finds a leader there. */
  private void handOver() {
    endStart();
    if (running) {
      runtime.handOver();
    }
    answerWaiting();
  }

  /** A start that is under way ends at its next step, what it had begun is closed. */
  private void endStart() {
    stopping = true;
    NodeRuntime node = runtime;
    if (node != null) {
      node.endStart();
    }
    awaitStart();
  }

  /** Answers blocking reads: the server's stop would wait for their answers. */
  private void answerWaiting() {
    ending.complete(null);
    if (running) {
      runtime.answerWaiting();
    }
  }

  private void awaitStart() {
    try {
      starting.join(START_JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String notRunning() {
    return refused.isEmpty()
        ? "COM4016: the agent is starting"
        : "COM4017: this node did not start: " + refused;
  }

  // ---- Cluster ----

  @Override
  public CompletionStage<WriteOutcome> write(Command command) {
    return running
        ? runtime.cluster().write(command)
        : CompletableFuture.completedFuture(
            new WriteOutcome.NotApplied(Failure.UNAVAILABLE, notRunning()));
  }

  @Override
  public <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    return running
        ? runtime.cluster().read(read)
        : CompletableFuture.completedFuture(
            new ReadOutcome.Failed<>(Failure.UNAVAILABLE, notRunning()));
  }

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(String session) {
    return running
        ? runtime.cluster().renew(session)
        : CompletableFuture.completedFuture(
            new ReadOutcome.Failed<>(Failure.UNAVAILABLE, notRunning()));
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    return running
        ? runtime.cluster().status()
        : CompletableFuture.completedFuture(
            new StatusAnswer(Optional.empty(), List.of(), Failure.UNAVAILABLE));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(boolean stale) {
    return running
        ? runtime.cluster().configuration(stale)
        : CompletableFuture.completedFuture(
            new ConfigurationAnswer(List.of(), 0, Failure.UNAVAILABLE, notRunning()));
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(String id, String address) {
    return running
        ? runtime.cluster().removePeer(id, address)
        : CompletableFuture.completedFuture(new RemovalAnswer(Failure.UNAVAILABLE, notRunning()));
  }

  // ---- Agent ----

  @Override
  public String unavailable() {
    return running ? "" : notRunning();
  }

  @Override
  public Self self() {
    return running
        ? runtime.agent().self()
        : new Self(
            Map.of("Version", Version.ANNOUNCED, "ComitiaVersion", Version.TEXT),
            Map.of(),
            Map.of(),
            null,
            Map.of("agent", Map.of("not_running", notRunning())));
  }

  @Override
  public List<Member> members() {
    return running ? runtime.agent().members() : List.of();
  }

  @Override
  public String join(String address) {
    return running ? runtime.agent().join(address) : notRunning();
  }

  @Override
  public String leave() {
    if (!running) {
      return notRunning();
    }
    String problem = runtime.agent().leave();
    if (problem == null) {
      CommandLink.exit(0, ""); // Consul's agent ends after a leave; in a user's server it idles
    }
    return problem;
  }

  @Override
  public boolean forceLeave(String name, boolean prune) {
    return running && runtime.agent().forceLeave(name, prune);
  }

  @Override
  public String reload() {
    if (!running) {
      return notRunning();
    }
    LOG.info("Reloading configuration...");
    String problem = CommandLink.configure();
    if (!problem.isEmpty()) {
      return problem;
    }
    try {
      Settings settings = DeployedSettings.load();
      String refusal = runtime.reload(settings);
      CommandLog log = commandLog;
      if (refusal == null && log != null) {
        log.setLevel(settings.logLevel());
      }
      return refusal;
    } catch (InvalidSettingsException e) {
      return String.join("; ", e.problems());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } catch (RuntimeException e) {
      LOG.log(Level.SEVERE, "COM1004: failed to reload: error=" + e, e);
      return "internal error: " + e;
    }
  }

  @Override
  public Health health() {
    if (running) {
      return runtime.agent().health();
    }
    boolean live = refused.isEmpty() || !CommandLink.isPresent();
    return new Health(live, false, false, Map.of("reason", notRunning()));
  }

  @Override
  public CompletionStage<Void> ending() {
    return ending;
  }

  // ---- Telemetry ----

  @Override
  public LogStream monitor(LogLevel level, boolean json) {
    return new LogStream(outlets, level, json, scheduled);
  }

  @Override
  public boolean showsPrometheus() {
    return running && runtime.showsPrometheus();
  }

  // ---- LocalServices ----

  private CompletionStage<Outcome> change(
      Function<LocalServices, CompletionStage<Outcome>> change) {
    return running
        ? change.apply(runtime.local())
        : CompletableFuture.completedFuture(new Outcome(Result.UNAVAILABLE, notRunning()));
  }

  @Override
  public View view() {
    return running ? runtime.local().view() : View.EMPTY;
  }

  @Override
  public CompletionStage<Void> changed() {
    return running ? runtime.local().changed() : CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Outcome> registerService(
      Map<?, ?> definition, boolean replaceExistingChecks) {
    return change(local -> local.registerService(definition, replaceExistingChecks));
  }

  @Override
  public CompletionStage<Outcome> deregisterService(String id) {
    return change(local -> local.deregisterService(id));
  }

  @Override
  public CompletionStage<Outcome> registerCheck(Map<?, ?> definition) {
    return change(local -> local.registerCheck(definition));
  }

  @Override
  public CompletionStage<Outcome> deregisterCheck(String id) {
    return change(local -> local.deregisterCheck(id));
  }

  @Override
  public CompletionStage<Outcome> updateCheck(String id, CheckStatus status, String output) {
    return change(local -> local.updateCheck(id, status, output));
  }

  @Override
  public CompletionStage<Outcome> serviceMaintenance(String id, boolean enable, String reason) {
    return change(local -> local.serviceMaintenance(id, enable, reason));
  }

  @Override
  public CompletionStage<Outcome> nodeMaintenance(boolean enable, String reason) {
    return change(local -> local.nodeMaintenance(enable, reason));
  }

  @Override
  public NetworkPosition position() {
    return running ? runtime.position() : null;
  }

  // ---- Events ----

  @Override
  public Problem fire(UserEvent event) {
    return running ? runtime.events().fire(event) : new Problem(notRunning(), false);
  }

  @Override
  public List<UserEvent> recent() {
    return running ? runtime.events().recent() : List.of();
  }

  @Override
  public Optional<CompletionStage<Boolean>> next(Duration wait) {
    return running
        ? runtime.events().next(wait)
        : Optional.of(CompletableFuture.completedFuture(false));
  }
}
