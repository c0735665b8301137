package org.comitia.agent.check;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.state.CheckStatus;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;

/**
 * Mirrors the checks of a service and its node, or of a node alone: the worst of them. What is
 * registered with this agent is looked at directly; another node's by blocking queries of its
 * checks. Holds no thread while nothing changes.
 */
final class AliasCheck implements CheckRunner {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final Duration WAIT = Duration.ofMinutes(5);
  private static final long LOOK_AGAIN_NANOS = 60_000_000_000L;

  /** A service that changes all the time is not asked about all the time. */
  private static final long PAUSE_NANOS = 20_000_000;

  private static final long BACKOFF_NANOS = 1_000_000_000L;
  private static final int MAX_BACKOFF_SHIFT = 6;

  private final CheckSpec spec;
  private final CheckSink sink;
  private final LocalChecks local;
  private final Cluster cluster;
  private final Supplier<Caller> caller;
  private final Timer timer;
  private final int limit;
  private final boolean isHere;
  private volatile boolean running;

  /** The blocking read that is under way: five minutes, unless it is cancelled. */
  private volatile CompletableFuture<?> asked = CompletableFuture.completedFuture(null);

  private Probe.Result last;
  private long index;
  private int failures;

  /**
   * @param parts the agent's checks, its cluster, and its node's name
   * @param limit bytes of output
   */
  AliasCheck(CheckSpec spec, CheckSink sink, CheckRunners.Parts parts, int limit, Timer timer) {
    this.spec = spec;
    this.sink = sink;
    this.local = parts.local();
    this.cluster = parts.cluster();
    this.caller = parts.caller();
    this.limit = limit;
    this.isHere = spec.aliasNode().isEmpty() || spec.aliasNode().equalsIgnoreCase(parts.nodeName());
    this.timer = timer;
  }

  @Override
  public void start() {
    running = true;
    if (spec.aliasNode().isEmpty()) {
      timer.after(0, this::lookHere);
      timer.after(LOOK_AGAIN_NANOS, this::lookAgain);
    } else {
      timer.after(0, this::ask);
    }
  }

  @Override
  public void close() {
    running = false;
    asked.cancel(false);
  }

  // ---- this agent's

  private void lookHere() {
    if (!running) {
      return;
    }
    // Asked for before the look: what changes during it is seen by the next.
    local.changed().thenRun(() -> timer.after(PAUSE_NANOS, this::lookHere));
    List<LocalChecks.Entry> entries = local.entries();
    boolean exists = spec.aliasService().isEmpty() || local.hasService(spec.aliasService());
    report(worst(entries, exists));
  }

  /** Should a change ever be missed, it is not for long. */
  private void lookAgain() {
    if (running) {
      report(
          worst(
              local.entries(),
              spec.aliasService().isEmpty() || local.hasService(spec.aliasService())));
      timer.after(LOOK_AGAIN_NANOS, this::lookAgain);
    }
  }

  // ---- another node's

  private void ask() {
    if (!running) {
      return;
    }
    Read<QueryResult.Checks> read =
        new Read<>(
            caller.get(),
            new Query.NodeChecks(spec.aliasNode()),
            Read.Consistency.STALE,
            index,
            index == 0 ? Duration.ZERO : WAIT,
            null);
    CompletableFuture<ReadOutcome<QueryResult.Checks>> reading =
        cluster.read(read).toCompletableFuture();
    asked = reading;
    reading.whenComplete((outcome, problem) -> timer.after(0, () -> take(outcome, problem)));
    if (!running) { // closed meanwhile
      reading.cancel(false);
    }
  }

  private void take(ReadOutcome<QueryResult.Checks> outcome, Throwable problem) {
    if (!running) {
      return;
    }
    if (outcome instanceof ReadOutcome.Answer<QueryResult.Checks> answer) {
      QueryResult.Checks checks = answer.result();
      failures = 0;
      index = Math.max(1, checks.index());
      List<LocalChecks.Entry> entries = new ArrayList<>();
      checks
          .checks()
          .forEach(
              c ->
                  entries.add(
                      new LocalChecks.Entry(
                          c.id(),
                          c.name(),
                          c.serviceId(),
                          c.type(),
                          CheckStatus.of(c.status()),
                          c.output())));
      boolean seen =
          spec.aliasService().isEmpty()
              || entries.stream()
                  .anyMatch(e -> e.serviceId().equalsIgnoreCase(spec.aliasService()));
      if (seen) {
        report(worst(entries, true));
        timer.after(PAUSE_NANOS, this::ask);
      } else {
        askForService(entries);
      }
      return;
    }
    failures++;
    if (failures > 1) {
      String why =
          outcome instanceof ReadOutcome.Failed<?> failed
              ? failed.message()
              : String.valueOf(problem);
      report(Probe.Result.critical("Failure checking aliased node or service: " + why));
    }
    long pause = BACKOFF_NANOS << Math.min(failures, MAX_BACKOFF_SHIFT);
    timer.after(pause + ThreadLocalRandom.current().nextLong(BACKOFF_NANOS), this::ask);
  }

  /** A service may be there without a check of its own. */
  private void askForService(List<LocalChecks.Entry> entries) {
    Read<QueryResult.NodeWithServices> read =
        new Read<>(
            caller.get(),
            new Query.NodeServices(spec.aliasNode()),
            Read.Consistency.STALE,
            0,
            Duration.ZERO,
            null);
    cluster
        .read(read)
        .whenComplete(
            (outcome, problem) ->
                timer.after(
                    0,
                    () -> {
                      boolean exists =
                          outcome instanceof ReadOutcome.Answer<QueryResult.NodeWithServices> answer
                              && answer.result().services().stream()
                                  .anyMatch(s -> s.id().equalsIgnoreCase(spec.aliasService()));
                      report(worst(entries, exists));
                      // Nothing tells when a service without checks comes.
                      timer.after(exists ? PAUSE_NANOS : BACKOFF_NANOS * 10, this::ask);
                    }));
  }

  // ---- both

  private Probe.Result worst(List<LocalChecks.Entry> entries, boolean exists) {
    CheckStatus status = CheckStatus.PASSING;
    String output = "No checks found.";
    for (LocalChecks.Entry entry : entries) {
      if (!counts(entry)) {
        continue;
      }
      if (entry.status() == CheckStatus.PASSING) {
        output = status == CheckStatus.PASSING ? "All checks passing." : output;
        continue;
      }
      status = entry.status();
      output = "Aliased check \"" + entry.name() + "\" failing: " + entry.output();
      if (status == CheckStatus.CRITICAL) {
        break;
      }
    }
    if (!exists) {
      return Probe.Result.critical(
          "Service " + spec.aliasService() + " could not be found on node " + spec.aliasNode());
    }
    return new Probe.Result(status, output);
  }

  /**
   * What is said of the service or of its node. An alias of a service that is registered with the
   * node says nothing of the node; and it may be this one, which would follow itself.
   */
  private boolean counts(LocalChecks.Entry entry) {
    if (entry.serviceId().isEmpty()) {
      return !entry.isNodesAlias();
    }
    boolean itself = isHere && entry.id().equals(spec.id());
    return !itself && entry.serviceId().equalsIgnoreCase(spec.aliasService());
  }

  /** Only what is new: the agent's own checks would wake us again for our own word. */
  private synchronized void report(Probe.Result found) {
    // Aliases that follow each other in a circle repeat each other's words: cut, these end.
    OutputTail head = new OutputTail(limit);
    byte[] output = found.output().getBytes(StandardCharsets.UTF_8);
    head.write(output, 0, Math.min(limit, output.length));
    Probe.Result result = new Probe.Result(found.status(), head.text());
    if (running && !result.equals(last)) {
      last = result;
      LOG.log(Level.FINE, "Check status updated: check={0}", spec.id());
      sink.update(spec.id(), result.status(), result.output());
    }
  }
}
