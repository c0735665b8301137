package org.comitia.agent.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.logging.Logger;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.QueryResult.Checks;
import org.comitia.state.QueryResult.NodeWithServices;

/**
 * Keeps the catalog in step with this agent (Consul's anti-entropy): at once after a change, and by
 * comparing everything from time to time, both ways. One round at a time, a bounded number of
 * writes under way; no thread waits. What fails is looked at again in a later round.
 */
public final class CatalogSync {
  /**
   * @param together what is changed while a round is under way waits until so long after that round
   *     began
   */
  public record Timings(Duration fullEvery, Duration retryAfter, Duration together) {
    /** The first two are Consul's. */
    public static Timings defaults() {
      return new Timings(Duration.ofMinutes(1), Duration.ofSeconds(15), Duration.ofMillis(10));
    }
  }

  private static final Logger LOG = Logger.getLogger("agent");
  private static final int MAX_WRITES_UNDER_WAY = 16;

  /** The first retries come sooner than Consul's: most leaderless times are a second long. */
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

  /** Consul's as well: how soon what failed is tried again when a server is there again. */
  private static final Duration SERVER_UP = Duration.ofSeconds(3);

  /**
   * Up to so many nodes a round a minute; then its interval grows with their number's logarithm.
   */
  private static final int NODES_WITHOUT_SCALING = 128;

  private final LocalRegistry registry;
  private final Cluster cluster;
  private final ScheduledExecutorService scheduled;
  private final BooleanSupplier member;
  private final IntSupplier clusterSize;
  private final Timings timings;
  private final AgentTokens tokens;
  private final boolean nodeApart;

  // used on the registry's executor only
  private boolean running;
  private boolean again;
  private boolean gathering;
  private long begun;
  private boolean fullDue = true;
  private int failures;
  private ScheduledFuture<?> next;
  private boolean stopped;

  /**
   * @param member whether this agent belongs to the cluster: one that leaves must not write itself
   *     into the catalog again
   * @param clusterSize the number of agents
   * @param nodeApart see {@link LocalState#unsynced}
   */
  public CatalogSync(
      LocalRegistry registry,
      Cluster cluster,
      ScheduledExecutorService scheduled,
      BooleanSupplier member,
      IntSupplier clusterSize,
      Timings timings,
      AgentTokens tokens,
      boolean nodeApart) {
    this.registry = registry;
    this.cluster = cluster;
    this.scheduled = scheduled;
    this.member = member;
    this.clusterSize = clusterSize;
    this.timings = timings;
    this.tokens = tokens;
    this.nodeApart = nodeApart;
  }

  /** Begins with a full round. Returns at once. */
  public void start() {
    registry.onChange(this::changed);
    full();
  }

  /** No round begins any more; what is under way ends without effect here. */
  public void stop() {
    registry
        .serial()
        .execute(
            () -> {
              stopped = true;
              cancelNext();
            });
  }

  /** Compares everything soon: after a join, or because somebody asks for it. */
  public void full() {
    registry
        .serial()
        .execute(
            () -> {
              fullDue = true;
              begin();
            });
  }

  /** Whom the cluster did not answer tries again soon: there may be a server now. */
  public void membersChanged() {
    registry
        .serial()
        .execute(
            () -> {
              if (failures > 0 && !running) {
                schedule(staggered(Duration.ZERO, SERVER_UP));
              }
            });
  }

  /** On the registry's executor. */
  private void changed() {
    again = true;
    // While the cluster does not answer, changes wait for the round that finds it again.
    if (failures == 0 && !gathering) {
      begin();
    }
  }

  private void begin() {
    if (running || stopped) {
      return;
    }
    if (!member.getAsBoolean()) {
      fullDue = true;
      failures = Math.max(failures, 1); // looks again as soon as a member comes
      schedule(timings.retryAfter());
      return;
    }
    boolean full = fullDue;
    running = true;
    begun = System.nanoTime();
    again = false;
    fullDue = false;
    CompletionStage<Boolean> round;
    try {
      round =
          full
              ? compared().thenCompose(this::writeIf)
              : write(registry.state().unsynced(nodeApart), 0);
    } catch (RuntimeException | Error e) { // else no round would begin any more
      round = CompletableFuture.failedFuture(e);
    }
    round.whenCompleteAsync(
        (succeeded, problem) -> {
          if (problem != null) {
            LOG.warning("COM5011: failed to sync with the catalog: error=" + problem);
          }
          ended(full, problem == null && succeeded);
        },
        registry.serial());
  }

  /** What was asked for meanwhile is done at once, what was changed soon. */
  private void ended(boolean full, boolean succeeded) {
    running = false;
    if (!succeeded) {
      failures++;
      fullDue = true;
      schedule(retryPause());
      return;
    }
    failures = 0;
    if (full || next == null) {
      schedule(staggered(timings.fullEvery().multipliedBy(scale()), timings.fullEvery()));
    }
    if (fullDue) {
      begin();
    } else if (again) {
      gather();
    }
  }

  /** Changes that come one after the other go together: each round is a sync of servers' disks. */
  private void gather() {
    long pause = timings.together().toNanos() - (System.nanoTime() - begun);
    if (pause <= 0) {
      begin();
      return;
    }
    gathering = true;
    try {
      scheduled.schedule(
          () -> registry.serial().execute(this::gathered), pause, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException | IllegalStateException e) {
      gathered(); // the container ends
    }
  }

  private void gathered() {
    gathering = false;
    if (again && failures == 0) {
      begin();
    }
  }

  // ---- what the catalog has

  private CompletionStage<Boolean> compared() {
    String node = registry.state().node().name();
    CompletionStage<ReadOutcome<NodeWithServices>> services = read(new Query.NodeServices(node));
    CompletionStage<ReadOutcome<Checks>> checks = read(new Query.NodeChecks(node));
    return services.thenCombineAsync(checks, this::compareIfAnswered, registry.serial());
  }

  private <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Query<R> query) {
    return cluster.read(
        new Read<>(tokens.agent(), query, Read.Consistency.DEFAULT, 0, Duration.ZERO, null));
  }

  private boolean compareIfAnswered(
      ReadOutcome<NodeWithServices> services, ReadOutcome<Checks> checks) {
    return services.match(
        known ->
            checks.match(
                knownChecks -> compare(known.result(), knownChecks.result()), this::notCompared),
        this::notCompared);
  }

  private boolean compare(NodeWithServices known, Checks knownChecks) {
    registry.state().compare(known.node(), known.services(), knownChecks.checks());
    registry.publishSoon(); // tags may have come from the catalog
    return true;
  }

  private boolean notCompared(ReadOutcome.Failed<?> failed) {
    if (failures == 0) {
      LOG.warning("failed to sync remote state, will retry: error=\"" + failed.message() + "\"");
    }
    return false;
  }

  // ---- writing

  private CompletionStage<Boolean> writeIf(boolean compared) {
    return compared
        ? write(registry.state().unsynced(nodeApart), 0)
        : CompletableFuture.completedFuture(false);
  }

  private Caller caller(CatalogChange change) {
    return change.origin() == CatalogChange.Origin.AGENT
        ? tokens.agent()
        : tokens.service(change.secret(), change.origin() == CatalogChange.Origin.FILE);
  }

  /** Some writes beside each other, then the next ones. */
  private CompletionStage<Boolean> write(List<CatalogChange> changes, int from) {
    if (from >= changes.size()) {
      return CompletableFuture.completedFuture(true);
    }
    int end = Math.min(changes.size(), from + MAX_WRITES_UNDER_WAY);
    List<CompletableFuture<Boolean>> writes = new ArrayList<>();
    for (CatalogChange change : changes.subList(from, end)) {
      writes.add(
          cluster
              .write(caller(change), change.command())
              .thenApplyAsync(outcome -> written(change, outcome), registry.serial())
              .toCompletableFuture());
    }
    return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new))
        .thenComposeAsync(
            done -> {
              boolean all = writes.stream().allMatch(CompletableFuture::join);
              return all || anyApplied(writes)
                  ? write(changes, end).thenApply(rest -> rest && all)
                  : CompletableFuture.completedFuture(false);
            },
            registry.serial());
  }

  /** One that is refused does not keep the others from being written. */
  private static boolean anyApplied(List<CompletableFuture<Boolean>> writes) {
    return writes.stream().anyMatch(CompletableFuture::join);
  }

  private boolean written(CatalogChange change, WriteOutcome outcome) {
    return outcome.match(
        applied ->
            applied
                .result()
                .match(
                    done -> written(change),
                    failed -> failed(change, failed.message()),
                    other -> failed(change, other.toString())),
        not ->
            not.failure() == Failure.DENIED
                ? denied(change, not.message())
                : failed(change, not.message() == null ? not.failure().toString() : not.message()),
        unknown -> failed(change, unknown.message()));
  }

  private static boolean written(CatalogChange change) {
    change.done().run();
    change.lines().forEach(LOG::info);
    return true;
  }

  /** What its token may not do is tried again by the next full round, and holds up nothing else. */
  private static boolean denied(CatalogChange change, String problem) {
    LOG.warning("Syncing is blocked by ACLs: " + change.what() + " error=\"" + problem + "\"");
    return true;
  }

  private static boolean failed(CatalogChange change, String problem) {
    LOG.warning("Syncing failed, will retry: " + change.what() + " error=\"" + problem + "\"");
    return false;
  }

  // ---- when

  private Duration retryPause() {
    Duration pause = FIRST_RETRY;
    for (int i = 1; i < failures && pause.compareTo(timings.retryAfter()) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    Duration bounded = pause.compareTo(timings.retryAfter()) < 0 ? pause : timings.retryAfter();
    return staggered(bounded.multipliedBy(scale()), bounded);
  }

  /** Consul's: 1 up to 128 agents, then one more for each doubling. */
  private int scale() {
    int nodes = clusterSize.getAsInt();
    if (nodes <= NODES_WITHOUT_SCALING) {
      return 1;
    }
    double doublings = (Math.log(nodes) - Math.log(NODES_WITHOUT_SCALING)) / Math.log(2);
    return (int) Math.ceil(doublings) + 1;
  }

  /** Not all agents at the same moment: up to {@code spread} later. */
  private static Duration staggered(Duration base, Duration spread) {
    return base.plusNanos(ThreadLocalRandom.current().nextLong(Math.max(1, spread.toNanos())));
  }

  private void schedule(Duration pause) {
    cancelNext();
    if (stopped) {
      return;
    }
    try {
      next = scheduled.schedule(this::full, pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException | IllegalStateException e) {
      next = null; // the container ends
    }
  }

  private void cancelNext() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }
}
