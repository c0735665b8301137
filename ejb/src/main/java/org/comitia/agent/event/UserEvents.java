package org.comitia.agent.event;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.UserEvent;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;

/** {@link Events} over gossip. */
public final class UserEvents implements Events {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final int MAX_RECENT = 256;

  private static final Series DROPPED = Metrics.counter("serf.events.dropped");

  /**
   * How far an event's time may be ahead of all that this agent has heard: more than a cluster
   * fires while an agent is away, and so little that nobody drives the time to its end.
   */
  static final long MAX_LEAD = 1L << 32;

  private static final int MAX_WAITING = 10_000;

  private final String nodeName;
  private final Gossip gossip;
  private final Supplier<Map<String, List<String>>> services;
  private final Executor executor;
  private final ScheduledExecutorService scheduled;
  private final int maxWaiting;
  private final Deque<UserEvent> recent = new ArrayDeque<>();
  private final Set<CompletableFuture<Boolean>> waiting = new HashSet<>();
  private long clock;
  private boolean ending;

  /**
   * @param services name to the tags of each of this agent's services
   * @param executor runs what is short and does not block; takes everything
   */
  public UserEvents(
      String nodeName,
      Gossip gossip,
      Supplier<Map<String, List<String>>> services,
      Executor executor,
      ScheduledExecutorService scheduled) {
    this(nodeName, gossip, services, executor, scheduled, MAX_WAITING);
  }

  UserEvents(
      String nodeName,
      Gossip gossip,
      Supplier<Map<String, List<String>>> services,
      Executor executor,
      ScheduledExecutorService scheduled,
      int maxWaiting) {
    this.nodeName = nodeName;
    this.gossip = gossip;
    this.services = services;
    this.executor = executor;
    this.scheduled = scheduled;
    this.maxWaiting = maxWaiting;
  }

  @Override
  public Problem fire(UserEvent event) {
    EventFilter filter;
    try {
      filter = EventFilter.of(event);
    } catch (EventFilter.Unfit unfit) {
      return unfit.problem();
    }
    UserEvent timed;
    synchronized (this) {
      timed =
          new UserEvent(
              event.id(),
              event.name(),
              event.payload(),
              event.nodeFilter(),
              event.serviceFilter(),
              event.tagFilter(),
              ++clock);
    }
    gossip.fire(timed);
    take(timed, filter);
    return null;
  }

  /**
   * Another agent's event; for the channel's threads. What that agent should not have sent, or
   * whose time is too far ahead of all that was heard, is dropped and counted.
   */
  public void heard(UserEvent event) {
    executor.execute(
        () -> {
          try {
            EventFilter filter = EventFilter.of(event);
            if (isTimeTaken(event.lamportTime())) {
              take(event, filter);
            } else {
              DROPPED.increment();
            }
          } catch (EventFilter.Unfit unfit) {
            DROPPED.increment();
          }
        });
  }

  private synchronized boolean isTimeTaken(long time) {
    if (time < 0 || time - clock > MAX_LEAD) {
      return false;
    }
    clock = Math.max(clock, time);
    return true;
  }

  private void take(UserEvent event, EventFilter filter) {
    boolean concerned = filter.concerns(nodeName, services.get());
    List<CompletableFuture<Boolean>> told;
    synchronized (this) {
      if (!concerned) {
        return;
      }
      if (recent.size() == MAX_RECENT) {
        recent.remove();
      }
      recent.add(event);
      told = List.copyOf(waiting);
      waiting.clear();
    }
    LOG.fine(() -> "new user event: event_name=" + event.name() + " event_id=" + event.id());
    for (CompletableFuture<Boolean> next : told) {
      executor.execute(() -> next.complete(true));
    }
  }

  @Override
  public synchronized List<UserEvent> recent() {
    return List.copyOf(recent);
  }

  @Override
  public Optional<CompletionStage<Boolean>> next(Duration wait) {
    CompletableFuture<Boolean> next = new CompletableFuture<>();
    synchronized (this) {
      if (ending) {
        return Optional.of(CompletableFuture.completedFuture(false));
      }
      if (waiting.size() >= maxWaiting) {
        return Optional.empty();
      }
      waiting.add(next);
    }
    try {
      Future<?> limit =
          scheduled.schedule(() -> giveUp(next), wait.toMillis(), TimeUnit.MILLISECONDS);
      next.whenComplete((nothing, problem) -> limit.cancel(false));
    } catch (RejectedExecutionException | IllegalStateException ending) {
      // Nobody would end the wait: this agent, or the server that it runs in, stops.
      giveUp(next);
    }
    return Optional.of(next);
  }

  /** Answers all that wait; from now on none waits. For an agent that is about to stop. */
  public void answerWaiting() {
    List<CompletableFuture<Boolean>> told;
    synchronized (this) {
      ending = true;
      told = List.copyOf(waiting);
      waiting.clear();
    }
    executor.execute(() -> told.forEach(next -> next.complete(false)));
  }

  private void giveUp(CompletableFuture<Boolean> next) {
    synchronized (this) {
      waiting.remove(next);
    }
    next.complete(false);
  }
}
