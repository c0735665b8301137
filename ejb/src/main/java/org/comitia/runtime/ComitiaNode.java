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
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.comitia.agent.Agent;
import org.comitia.agent.AgentAccess;
import org.comitia.agent.Telemetry;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Cluster;
import org.comitia.config.DeployedSettings;
import org.comitia.config.HealthReady;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Settings;
import org.comitia.log.LogOutlets;
import org.comitia.runtime.NodeState.NotRunning;

/**
 * The node as a session bean: starts the engine on managed threads when the application starts, and
 * stops it, joined, before the application is gone. What it does for others is done by plain
 * objects that it gives away.
 */
@Startup
@Singleton
@Local(AgentAccess.class)
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class ComitiaNode implements AgentAccess {
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
  private volatile NodeRuntime begun;
  private volatile NodeState state = NotRunning.starting("COM4016: the agent is starting");
  private volatile boolean stopping;
  private volatile boolean alwaysReady;
  private volatile CommandLog commandLog;
  private final CompletableFuture<Void> ending = new CompletableFuture<>();
  private final Cluster cluster = new NodeCluster(() -> state);
  private DeployedAgent agent;
  private Thread starting;

  /** Returns at once, so that the container's start does not wait for a disk. */
  @PostConstruct
  void start() {
    agent = new DeployedAgent(() -> state, this::reloaded, ending, outlets, scheduled);
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
      alwaysReady = settings.healthReady() == HealthReady.ALWAYS;
      if (CommandLink.isPresent()) {
        commandLog = new CommandLog(outlets, settings.logLevel(), settings.logJson());
      }
      NodeRuntime node =
          new NodeRuntime(
              settings,
              new NodeRuntime.Container(
                  threads, executor::execute, scheduled, ComitiaNode::dataSource));
      begun = node;
      if (stopping) { // looked at after it is known: whoever stops finds it, or this does
        node.endStart();
      }
      node.start();
      state = new NodeState.Running(node);
      CommandLink.offer(() -> leaveForCommand(node), this::reloadForCommand);
      LOG.info("Comitia agent running!");
    } catch (StartEndedException e) {
      LOG.info("the start ends before it is through: this agent stops");
      begun.close();
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
    state = NotRunning.refused("COM4017: this node did not start: " + reason, alwaysReady);
    LOG.severe("COM1001: this node does not start: " + reason);
    NodeRuntime node = begun;
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
    NodeRuntime node = begun;
    if (node != null) {
      node.close();
    }
    CommandLog log = commandLog;
    if (log != null) {
      log.close();
    }
    RecordHandles.forget();
  }

  private static String leaveForCommand(NodeRuntime node) {
    String problem = node.agent().leave();
    return problem == null ? "" : problem;
  }

  /** On a thread of ours: the command's has no part in this application. */
  private String reloadForCommand() {
    CompletableFuture<String> problem = new CompletableFuture<>();
    Thread reloading = threads.newThread(() -> problem.complete(agent.reload()));
    reloading.setName("comitia-reload");
    reloading.start();
    String reason = problem.join();
    return reason == null ? "" : reason;
  }

  /** Leadership first: who is answered here asks elsewhere, and finds a leader there. */
  private void handOver() {
    endStart();
    if (state instanceof NodeState.Running running) {
      running.node().handOver();
    }
    answerWaiting();
  }

  /** A start that is under way ends at its next step, what it had begun is closed. */
  private void endStart() {
    stopping = true;
    NodeRuntime node = begun;
    if (node != null) {
      node.endStart();
    }
    awaitStart();
  }

  /** Answers blocking reads: the server's stop would wait for their answers. */
  private void answerWaiting() {
    ending.complete(null);
    if (state instanceof NodeState.Running running) {
      running.node().answerWaiting();
    }
  }

  private void awaitStart() {
    try {
      starting.join(START_JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String reloaded(NodeRuntime node) {
    LOG.info("Reloading configuration...");
    String problem = CommandLink.configure();
    if (!problem.isEmpty()) {
      return problem;
    }
    try {
      Settings settings = DeployedSettings.load();
      String refusal = node.reload(settings);
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

  // ---- AgentAccess ----

  @Override
  public Agent agent() {
    return agent;
  }

  @Override
  public Telemetry telemetry() {
    return agent;
  }

  @Override
  public LocalServices services() {
    return agent;
  }

  @Override
  public Events events() {
    return agent;
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }
}
