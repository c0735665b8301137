package org.comitia.agent.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.comitia.agent.check.CheckRunners;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;

/** The local services of one agent with real threads, files, runners and catalog. */
final class LocalAgent implements AutoCloseable {
  static final String ID = "11111111-2222-3333-4444-555555555555";

  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
  private final ExecutorService executor = Executors.newFixedThreadPool(2);
  private final StateCluster cluster;
  private final CheckRunners runners;
  private final CatalogSync sync;
  final LocalRegistry registry;
  final AtomicLong clock = new AtomicLong();
  volatile boolean member = true;

  LocalAgent(StateCluster cluster, LocalOptions options, Path dataDir)
      throws InvalidDefinitionException {
    this(cluster, options, dataDir, SerialExecutor::new);
  }

  LocalAgent(
      StateCluster cluster,
      LocalOptions options,
      Path dataDir,
      Function<Executor, SerialExecutor> serial)
      throws InvalidDefinitionException {
    this(cluster, options, dataDir, serial, Duration.ZERO);
  }

  /**
   * @param together see {@link CatalogSync.Timings}
   */
  LocalAgent(
      StateCluster cluster,
      LocalOptions options,
      Path dataDir,
      Function<Executor, SerialExecutor> serial,
      Duration together)
      throws InvalidDefinitionException {
    this.cluster = cluster;
    Executor shortWork = executor;
    registry = new LocalRegistry(options, dataDir, serial.apply(shortWork), clock::get);
    BooleanSupplier isMember = () -> member;
    sync =
        new CatalogSync(
            registry,
            cluster,
            scheduled,
            isMember,
            () -> 1,
            new CatalogSync.Timings(Duration.ofHours(1), Duration.ofMillis(20), together),
            AgentTokens.none(),
            false);
    runners =
        new CheckRunners(
            new CheckRunners.Parts(
                "n1",
                scheduled,
                shortWork,
                Thread::new,
                cluster,
                registry,
                () -> Caller.ANONYMOUS,
                4096));
    try {
      registry.start(runners::runner);
    } catch (InvalidDefinitionException e) {
      end();
      throw e;
    }
    sync.start();
  }

  static LocalOptions options(Path... definitions) {
    return options(Map.of(), Duration.ZERO, definitions);
  }

  static LocalOptions options(
      Map<String, String> meta, Duration updateInterval, Path... definitions) {
    return new LocalOptions(
        new Node(ID, "n1", "10.0.0.1", "dc1", Map.of("lan", "10.0.0.1"), meta, 0, 0),
        List.of(definitions),
        updateInterval,
        false,
        false,
        false);
  }

  Outcome service(Map<?, ?> definition) {
    return registry
        .registerService(LocalServices.Asker.ANYBODY, definition, false)
        .toCompletableFuture()
        .join();
  }

  Outcome check(Map<?, ?> definition) {
    return registry
        .registerCheck(LocalServices.Asker.ANYBODY, definition)
        .toCompletableFuture()
        .join();
  }

  /** A service {@code web} whose tag was {@code ours}, until somebody made it {@code theirs}. */
  void serviceWhoseTagsOthersSet() {
    service(Map.of("Name", "web", "Tags", List.of("ours"), "EnableTagOverride", true));
    settle();
    Service theirs =
        new Service(
            "n1", "web", "web", List.of("theirs"), "", Map.of(), Map.of(), 0, 1, 1, true, 0, 0);
    cluster.apply(new Command.Register(options().node(), true, theirs, List.of()));
    syncFully();
  }

  /** Compares with the catalog, and waits until that and all writes are done. */
  void syncFully() {
    sync.full();
    settle();
  }

  /** Waits until nothing is left to be done: the catalog answers at once here. */
  void settle() {
    for (int i = 0; i < 10; i++) {
      CompletableFuture<Void> turn = new CompletableFuture<>();
      registry.serial().execute(() -> turn.complete(null));
      turn.join();
    }
  }

  Map<String, Service> catalogServices() {
    QueryResult.NodeWithServices result = cluster.evaluate(new Query.NodeServices("n1"));
    return result.services().stream().collect(Collectors.toMap(Service::id, s -> s));
  }

  Map<String, Check> catalogChecks() {
    QueryResult.Checks result = cluster.evaluate(new Query.NodeChecks("n1"));
    return result.checks().stream().collect(Collectors.toMap(Check::id, c -> c));
  }

  @Override
  public void close() throws InterruptedException {
    sync.stop();
    registry.close();
    end();
  }

  private void end() {
    runners.close();
    scheduled.shutdownNow();
    executor.shutdown();
    try {
      executor.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
