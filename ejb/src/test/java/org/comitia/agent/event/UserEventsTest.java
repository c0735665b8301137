package org.comitia.agent.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.comitia.agent.event.Events.Problem;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.UserEvent;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UserEventsTest {
  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final Wire wire = new Wire();
  private final UserEvents n1 = agent("n1", Map.of("web", List.of("v1", "blue")));
  private final UserEvents n2 = agent("n2", Map.of());

  /** Carries what one agent fires to the others. */
  private static final class Wire implements Gossip {
    private final List<UserEvent> fired = new ArrayList<>();

    @Override
    public void listen(Listener listener) {
      // the test hands events on itself
    }

    @Override
    public void fire(UserEvent event) {
      fired.add(event);
    }

    @Override
    public void ping() {
      // no coordinates here
    }
  }

  private UserEvents agent(String name, Map<String, List<String>> services) {
    return new UserEvents(name, wire, () -> services, executor, scheduled);
  }

  @AfterEach
  void stop() {
    scheduled.shutdownNow();
    executor.shutdownNow();
  }

  private static UserEvent event(String name, String node, String service, String tag) {
    return new UserEvent(
        UUID.randomUUID(), name, "x".getBytes(StandardCharsets.UTF_8), node, service, tag, 0);
  }

  private void deliver(UserEvents to) throws Exception {
    wire.fired.forEach(to::heard);
    wire.fired.clear();
    executor.submit(() -> {}).get(10, TimeUnit.SECONDS);
  }

  private static List<String> names(UserEvents agent) {
    return agent.recent().stream().map(UserEvent::name).toList();
  }

  @Test
  void filtersDecideAtTheReceiver() throws Exception {
    assertThat(n2.fire(event("all", "", "", ""))).isNull();
    assertThat(n2.fire(event("first", "^n1$", "", ""))).isNull();
    assertThat(n2.fire(event("webs", "", "we", ""))).isNull();
    assertThat(n2.fire(event("blue", "", "web", "bl.e"))).isNull();
    assertThat(n2.fire(event("green", "", "web", "green"))).isNull();
    deliver(n1);
    assertThat(names(n1)).containsExactly("all", "first", "webs", "blue");
    assertThat(names(n2)).containsExactly("all");
  }

  @Test
  void laterEventsHaveLaterTimes() throws Exception {
    n1.fire(event("a", "", "", ""));
    n1.fire(event("b", "", "", ""));
    deliver(n2);
    n2.fire(event("c", "", "", ""));
    assertThat(n2.recent()).extracting(UserEvent::lamportTime).containsExactly(1L, 2L, 3L);
  }

  @Test
  void onlyTheLastOnesAreKept() {
    for (int i = 0; i < 300; i++) {
      n1.fire(event("e" + i, "", "", ""));
    }
    assertThat(names(n1)).hasSize(256).startsWith("e44").endsWith("e299");
  }

  @Test
  void whatIsWrongIsRefused() {
    assertThat(n1.fire(event("", "", "", "")).text()).isEqualTo("User event missing name");
    assertThat(n1.fire(event("a", "", "", "x")).text())
        .isEqualTo("Cannot provide tag filter without service filter");
    assertThat(n1.fire(event("a", "(", "", "")).text()).startsWith("Invalid node filter: ");
    assertThat(n1.fire(event("a".repeat(512), "", "", "")).text())
        .isEqualTo("user event exceeds configured limit of 512 bytes before encoding");
    assertThat(n1.recent()).isEmpty();
    assertThat(wire.fired).isEmpty();
  }

  @Test
  void whoWaitsIsToldOrGivesUp() throws Exception {
    CompletableFuture<Boolean> next =
        n1.next(Duration.ofMinutes(10)).orElseThrow().toCompletableFuture();
    assertThat(next).isNotDone();
    n2.fire(event("other", "n2", "", ""));
    deliver(n1);
    assertThat(next).isNotDone();
    n1.fire(event("mine", "", "", ""));
    assertThat(next.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(waiting(Duration.ofMillis(50)).get(10, TimeUnit.SECONDS)).isFalse();
  }

  private CompletableFuture<Boolean> waiting(Duration wait) {
    return n1.next(wait).orElseThrow().toCompletableFuture();
  }

  @Test
  void whoWaitsIsAnsweredBeforeAStop() throws Exception {
    CompletableFuture<Boolean> next = waiting(Duration.ofMinutes(10));
    n1.answerWaiting();
    assertThat(next.get(10, TimeUnit.SECONDS)).isFalse();
    assertThat(waiting(Duration.ofMinutes(10))).isCompletedWithValue(false);
  }

  @Test
  void filtersAreAsLargeAsTheBoundAllowsTogether() throws Exception {
    Problem problem = n1.fire(event("a", "(x{98}){99}", "x{97}", "xy"));
    assertThat(problem.text()).startsWith("Invalid tag filter: ").contains("10000 elements");
    assertThat(problem.overLimit()).isTrue();
    assertThat(wire.fired).isEmpty();
    assertThat(n1.fire(event("a", "(x{98}){99}", "x{97}", "x"))).isNull();
    n1.heard(timed(event("b", "(x{98}){99}", "x{97}", "xy"), 5));
    deliver(n1);
    assertThat(n1.recent()).isEmpty();
  }

  @Test
  void anEventOverTheSizeIsDroppedOnArrivalAndCounted() throws Exception {
    double before = dropped();
    n1.heard(timed(event("a".repeat(511), "", "", ""), 7)); // and one byte of payload
    n1.heard(timed(event("b".repeat(512), "", "", ""), 9));
    deliver(n1);
    assertThat(names(n1)).containsExactly("a".repeat(511));
    assertThat(dropped() - before).isEqualTo(1);
    n1.fire(event("next", "", "", ""));
    assertThat(n1.recent().get(1).lamportTime()).isEqualTo(8);
  }

  @Test
  void aTimeTooFarAheadIsNotTakenOver() throws Exception {
    double before = dropped();
    n1.heard(timed(event("far", "", "", ""), UserEvents.MAX_LEAD + 1));
    n1.heard(timed(event("before time", "", "", ""), -1));
    n1.heard(timed(event("last", "", "", ""), Long.MAX_VALUE));
    deliver(n1);
    assertThat(n1.recent()).isEmpty();
    assertThat(dropped() - before).isEqualTo(3);
    n1.heard(timed(event("near", "", "", ""), UserEvents.MAX_LEAD));
    deliver(n1);
    n1.fire(event("next", "", "", ""));
    assertThat(n1.recent())
        .extracting(UserEvent::lamportTime)
        .containsExactly(UserEvents.MAX_LEAD, UserEvents.MAX_LEAD + 1);
  }

  @Test
  void noMoreWaitThanTheBound() {
    UserEvents one = new UserEvents("n3", wire, Map::of, executor, scheduled, 1);
    assertThat(one.next(Duration.ofMinutes(10))).isPresent();
    assertThat(one.next(Duration.ofMinutes(10))).isEmpty();
  }

  private static final Series DROPPED = Metrics.counter("serf.events.dropped");

  private static double dropped() {
    Metrics.turn(Instant.EPOCH);
    return DROPPED.total().count();
  }

  private static UserEvent timed(UserEvent event, long time) {
    return new UserEvent(
        event.id(),
        event.name(),
        event.payload(),
        event.nodeFilter(),
        event.serviceFilter(),
        event.tagFilter(),
        time);
  }

  @Test
  void whoWouldWaitWhileTheSchedulerTakesNothingIsAnsweredAtOnce() throws Exception {
    scheduled.shutdownNow();
    assertThat(
            n1.next(Duration.ofMinutes(10))
                .orElseThrow()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS))
        .isFalse();
  }
}
