package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.UserEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GossipTest {
  private Agent a;
  private Agent b;

  private record RoundTrip(String node, NetworkPosition position, long nanos) {}

  /** Keeps what it hears; is at a place of its own. */
  private static final class Ear implements Gossip.Listener {
    final BlockingQueue<UserEvent> events = new LinkedBlockingQueue<>();
    final BlockingQueue<RoundTrip> trips = new LinkedBlockingQueue<>();
    final NetworkPosition position;

    Ear(double place) {
      position = new NetworkPosition(Collections.nCopies(8, place), 1.5, 0.25, 1e-5);
    }

    @Override
    public void onEvent(UserEvent event) {
      events.add(event);
    }

    @Override
    public void onRoundTrip(String node, NetworkPosition at, long nanos) {
      trips.add(new RoundTrip(node, at, nanos));
    }

    @Override
    public NetworkPosition position() {
      return position;
    }
  }

  @BeforeEach
  void create() throws Exception {
    a = new Agent("a", "127.0.65.41", 8301, UUID.randomUUID(), null, Map.of());
    b = new Agent("b", "127.0.65.42", 8301, UUID.randomUUID(), null, Map.of());
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private static Ear listen(Agent agent, double place) {
    Ear ear = new Ear(place);
    agent.membership.gossip().listen(ear);
    return ear;
  }

  @Test
  void eventsReachTheOthersAndPingsAreAnswered() throws Exception {
    Ear atA = listen(a, 1);
    Ear atB = listen(b, 2);
    a.start();
    b.start();
    a.membership.gossip().ping(); // alone: nobody to ask
    assertThat(a.join(b).succeeded()).isTrue();
    UserEvent event =
        new UserEvent(UUID.randomUUID(), "deploy", new byte[] {1, 2}, "n", "s", "t", 7);
    a.membership.gossip().fire(event);
    UserEvent heard = atB.events.poll(20, TimeUnit.SECONDS);
    assertThat(heard).usingRecursiveComparison().isEqualTo(event);
    assertThat(atA.events).isEmpty();

    a.membership.gossip().ping();
    RoundTrip trip = atA.trips.poll(20, TimeUnit.SECONDS);
    assertThat(trip).isNotNull();
    assertThat(trip.node()).isEqualTo("b");
    assertThat(trip.position()).isEqualTo(atB.position);
    assertThat(trip.nanos()).isPositive();
    assertThat(List.copyOf(atB.trips)).isEmpty();
  }
}
