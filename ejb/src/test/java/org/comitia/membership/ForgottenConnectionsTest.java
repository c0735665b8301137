package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ForgottenConnectionsTest {
  private long now = Long.MAX_VALUE - ForgottenConnections.MISSING_NANOS / 2; // the clock may wrap
  private final ForgottenConnections<String> connections = new ForgottenConnections<>(() -> now);

  @Test
  void oneThatIsInNoTableForLongIsTakenOnce() {
    connections.established("a");
    connections.established("b");
    now += 10 * ForgottenConnections.MISSING_NANOS;
    assertThat(connections.take(List.of("b"))).as("it may be on its way there").isEmpty();
    now += ForgottenConnections.MISSING_NANOS - 1;
    assertThat(connections.take(List.of("b"))).isEmpty();
    now++;
    assertThat(connections.take(List.of("b"))).containsExactly("a");
    assertThat(connections.take(List.of("b"))).isEmpty();
    assertThat(connections.closed("a")).as("known").isFalse();
    assertThat(connections.closed("b")).as("known").isTrue();
  }

  @Test
  void oneThatWasInTheTableMeanwhileIsNotTaken() {
    connections.established("a");
    connections.take(List.of());
    connections.take(List.of("a"));
    now += ForgottenConnections.MISSING_NANOS;
    assertThat(connections.take(List.of())).isEmpty();
  }

  @Test
  void oneThatWasClosedIsNotTaken() {
    connections.established("a");
    connections.take(List.of());
    connections.closed("a");
    now += ForgottenConnections.MISSING_NANOS;
    assertThat(connections.take(List.of())).isEmpty();
  }

  @Test
  void twoThatSayTheSameAreTwo() {
    String one = new String("a");
    String other = new String("a");
    connections.established(one);
    connections.established(other);
    connections.take(List.of(one));
    now += ForgottenConnections.MISSING_NANOS;
    assertThat(connections.take(List.of(one))).singleElement().isSameAs(other);
  }
}
