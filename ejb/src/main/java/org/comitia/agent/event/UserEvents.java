package org.comitia.agent.event;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.consensus.port.Gossip;
import org.comitia.consensus.port.UserEvent;

/** {@link Events} over gossip. */
public final class UserEvents implements Events {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final int MAX_RECENT = 256;

  /** Bytes of name, filters and payload: events are signals, not data. */
  static final int MAX_BYTES = 512;

  private static final int MAX_WAITING = 10_000;

  private final String nodeName;
  private final Gossip gossip;
  private final Supplier<Map<String, List<String>>> services;
  private final Executor executor;
  private final ScheduledExecutorService scheduled;
  private final Deque<UserEvent> recent = new ArrayDeque<>();
  private final Set<CompletableFuture<Void>> waiting = new HashSet<>();
  private long clock;

  /**
   * @param services name to the tags of each of this agent's services
   */
  public UserEvents(
      String nodeName,
      Gossip gossip,
      Supplier<Map<String, List<String>>> services,
      Executor executor,
      ScheduledExecutorService scheduled) {
    this.nodeName = nodeName;
    this.gossip = gossip;
    this.services = services;
    this.executor = executor;
    this.scheduled = scheduled;
  }

  @Override
  public String fire(UserEvent event) {
    String problem = EventFilter.problem(event);
    if (problem != null) {
      return problem;
    }
    int bytes = event.payload().length;
    for (String text :
        List.of(event.name(), event.nodeFilter(), event.serviceFilter(), event.tagFilter())) {
      bytes += text.getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > MAX_BYTES) {
      return "user event exceeds configured limit of " + MAX_BYTES + " bytes before encoding";
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
    take(timed);
    return null;
  }

  /** Another agent's event; for the channel's threads. */
  public void heard(UserEvent event) {
    executor.execute(() -> take(event));
  }

  private void take(UserEvent event) {
    boolean concerned = EventFilter.concerns(event, nodeName, services.get());
    List<CompletableFuture<Void>> told;
    synchronized (this) {
      clock = Math.max(clock, event.lamportTime());
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
    for (CompletableFuture<Void> next : told) {
      executor.execute(() -> next.complete(null));
    }
  }

  @Override
  public synchronized List<UserEvent> recent() {
    return List.copyOf(recent);
  }

  @Override
  public CompletionStage<Void> next(Duration wait) {
    CompletableFuture<Void> next = new CompletableFuture<>();
    synchronized (this) {
      if (waiting.size() >= MAX_WAITING) {
        next.complete(null);
        return next;
      }
      waiting.add(next);
    }
    Future<?> limit =
        scheduled.schedule(() -> giveUp(next), wait.toMillis(), TimeUnit.MILLISECONDS);
    next.whenComplete((nothing, problem) -> limit.cancel(false));
    return next;
  }

  private void giveUp(CompletableFuture<Void> next) {
    synchronized (this) {
      waiting.remove(next);
    }
    next.complete(null);
  }
}
