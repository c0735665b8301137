package org.comitia.agent.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.comitia.consensus.port.Gossip;
import org.comitia.consensus.port.UserEvent;
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
    assertThat(n1.fire(event("", "", "", ""))).isEqualTo("User event missing name");
    assertThat(n1.fire(event("a", "", "", "x")))
        .isEqualTo("Cannot provide tag filter without service filter");
    assertThat(n1.fire(event("a", "(", "", ""))).startsWith("Invalid node filter: ");
    assertThat(n1.fire(event("a".repeat(512), "", "", "")))
        .isEqualTo("user event exceeds configured limit of 512 bytes before encoding");
    assertThat(n1.recent()).isEmpty();
    assertThat(wire.fired).isEmpty();
  }

  @Test
  void whoWaitsIsToldOrGivesUp() throws Exception {
    CompletableFuture<Void> next = n1.next(Duration.ofMinutes(10)).toCompletableFuture();
    assertThat(next).isNotDone();
    n2.fire(event("other", "n2", "", ""));
    deliver(n1);
    assertThat(next).isNotDone();
    n1.fire(event("mine", "", "", ""));
    next.get(10, TimeUnit.SECONDS);
    n1.next(Duration.ofMillis(50)).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
