package org.comitia.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.agent.event.Events;
import org.comitia.cluster.UserEvent;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Reply;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;

class EventResourceTest {
  /** An agent of this JVM alone: what it fires is what it has heard. */
  private static final class OneAgent implements Events {
    private final List<UserEvent> fired = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    private boolean failing;

    @Override
    public Problem fire(UserEvent event) {
      fired.add(event);
      List<CompletableFuture<Boolean>> told = List.copyOf(waiting);
      waiting.clear();
      told.forEach(one -> one.complete(true));
      return null;
    }

    @Override
    public List<UserEvent> recent() {
      if (failing) {
        throw new IllegalStateException("struck by the test");
      }
      return List.copyOf(fired);
    }

    /** One may wait. */
    @Override
    public Optional<CompletionStage<Boolean>> next(Duration wait) {
      if (!waiting.isEmpty()) {
        return Optional.empty();
      }
      waiting.add(new CompletableFuture<>());
      return Optional.of(waiting.get(0));
    }
  }

  private final OneAgent agent = new OneAgent();
  private final EventResource events = new EventResource();

  EventResourceTest() {
    events.events = agent;
    events.answers = new Answers(new MemoryCluster(), new MemoryAgent(), Runnable::run);
  }

  private CompletableFuture<Reply> list(String query) {
    Call call =
        new Call(
            Endpoint.at("/v1/event/list"),
            "GET",
            "",
            QueryString.parse(query),
            new byte[0],
            0,
            "127.0.0.1:4711",
            "/v1/event/list");
    return events.list(call).toCompletableFuture();
  }

  private void fire(String name) {
    agent.fire(new UserEvent(UUID.randomUUID(), name, new byte[0], "", "", "", 1));
  }

  @Test
  void whoWaitsHearsOfAFault() {
    CompletableFuture<Reply> waiting = list("index=1");
    assertThat(waiting).isNotDone();
    agent.failing = true;
    fire("deploy");
    assertThat(waiting).isDone();
    assertThat(waiting.join().status()).isEqualTo(500);
  }

  @Test
  void whoWaitsIsAnsweredByTheNextEventOfTheName() {
    CompletableFuture<Reply> waiting = list("index=1&wait=5m&name=deploy");
    fire("other");
    assertThat(waiting).isNotDone();
    fire("deploy");
    assertThat(waiting).isCompleted();
    assertThat(waiting.join().status()).isEqualTo(200);
    assertThat(list("").join().status()).isEqualTo(200);
  }

  /** A stack frame an event, or a link in a chain an event, would show here. */
  @Test
  void whoWaitsThroughManyOtherEventsIsAnsweredAllTheSame() {
    CompletableFuture<Reply> waiting = list("index=1&wait=5m&name=deploy");
    for (int i = 0; i < 20_000; i++) {
      List<CompletableFuture<Boolean>> told = List.copyOf(agent.waiting);
      agent.waiting.clear();
      told.forEach(one -> one.complete(true));
    }
    fire("deploy");
    assertThat(waiting).isCompleted();
  }

  @Test
  void whoFindsTooManyWaitingIsToldToComeBack() {
    CompletableFuture<Reply> first = list("index=1&wait=5m");
    CompletableFuture<Reply> second = list("index=1&wait=5m");
    assertThat(first).isNotDone();
    assertThat(second).isCompleted();
    assertThat(second.join().status()).isEqualTo(429);
    fire("deploy");
    assertThat(first.join().status()).isEqualTo(200);
    assertThat(list("index=1&wait=5m").join().status()).isEqualTo(200);
  }

  @Test
  void whoWaitsIsAnsweredWithWhatIsThereBeforeAStop() {
    CompletableFuture<Reply> waiting = list("index=1&wait=5m");
    agent.waiting.get(0).complete(false);
    assertThat(waiting).isCompleted();
    assertThat(waiting.join().status()).isEqualTo(200);
    assertThat(waiting.join().header("X-Consul-Index")).isEqualTo("1");
  }
}
