package org.comitia.raft.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.Test;

class CleanupDutyTest {
  private static final long SECOND = 1_000_000_000L;

  private static ServerId id(int number) {
    return new ServerId(new UUID(0, number), new UUID(0, number));
  }

  private static Configuration servers(int voters, int learners) {
    List<Server> servers = new ArrayList<>();
    for (int i = 1; i <= voters + learners; i++) {
      servers.add(new Server(id(i), "s" + i, "127.0.0.1:" + i, i <= voters));
    }
    return new Configuration(servers);
  }

  private static Set<ServerId> ids(int... numbers) {
    return Stream.of(java.util.Arrays.stream(numbers).boxed().toArray(Integer[]::new))
        .map(CleanupDutyTest::id)
        .collect(Collectors.toSet());
  }

  /** Server 1 leads; who is not dead is in reach. */
  private static String removed(Configuration configuration, Set<ServerId> dead, long minQuorum) {
    return removed(configuration, dead, dead, minQuorum);
  }

  private static String removed(
      Configuration configuration, Set<ServerId> dead, Set<ServerId> outOfReach, long minQuorum) {
    Optional<Server> found =
        CleanupDuty.next(
            configuration, id(1), dead::contains, id -> !outOfReach.contains(id), minQuorum);
    return found.map(Server::name).orElse("nobody");
  }

  @Test
  void aClusterThatLacksAServerKeepsItsPlace() {
    assertThat(removed(servers(3, 0), ids(3), 0)).isEqualTo("nobody");
    assertThat(removed(servers(5, 0), ids(5), 0)).isEqualTo("nobody");
    assertThat(removed(servers(5, 0), ids(4, 5), 0)).isEqualTo("nobody");
    assertThat(removed(servers(7, 0), ids(6, 7), 0)).isEqualTo("nobody");
  }

  @Test
  void whoseServerHasBeenReplacedForgetsIt() {
    assertThat(removed(servers(4, 0), ids(2), 0)).isEqualTo("s2");
    assertThat(removed(servers(6, 0), ids(5), 0)).isEqualTo("s5");
    assertThat(removed(servers(6, 0), ids(2, 5), 0)).as("one at a time").isEqualTo("s2");
    assertThat(removed(servers(4, 0), ids(), 0)).isEqualTo("nobody");
  }

  @Test
  void whatIsLeftCanLoseOneMore() {
    assertThat(removed(servers(4, 0), ids(2), ids(2, 3), 0)).isEqualTo("nobody");
    assertThat(removed(servers(6, 0), ids(5), ids(5, 4), 0)).isEqualTo("s5");
    assertThat(removed(servers(6, 0), ids(5), ids(5, 4, 3), 0)).isEqualTo("nobody");
    assertThat(removed(servers(4, 0), ids(2), ids(2, 1), 0)).as("its own disk").isEqualTo("nobody");
  }

  @Test
  void thereAreAsManyVotersAsAreAskedForAndThreeAtLeast() {
    assertThat(removed(servers(2, 0), ids(2), 0)).isEqualTo("nobody");
    assertThat(removed(servers(4, 0), ids(2), 3)).isEqualTo("s2");
    assertThat(removed(servers(4, 0), ids(2), 4)).isEqualTo("nobody");
    assertThat(removed(servers(6, 0), ids(2), 5)).isEqualTo("s2");
    assertThat(removed(servers(6, 0), ids(2), Long.MAX_VALUE)).isEqualTo("nobody");
  }

  @Test
  void aDeadLearnerGoesFirstAndCostsNobodyAnything() {
    assertThat(removed(servers(3, 1), ids(4), 0)).isEqualTo("s4");
    assertThat(removed(servers(3, 1), ids(2, 4), 5)).isEqualTo("s4");
    assertThat(removed(servers(4, 1), ids(2, 5), 0)).isEqualTo("s5");
    assertThat(removed(servers(1, 1), ids(2), 0)).isEqualTo("s2");
    assertThat(removed(servers(3, 1), ids(2), 0)).isEqualTo("nobody");
  }

  @Test
  void aLeaderCountsFromItsFirstRoundOfATerm() {
    CleanupDuty duty = new CleanupDuty(3 * SECOND);
    assertThat(duty.round(5, 100 * SECOND)).isFalse();
    assertThat(duty.round(5, 102 * SECOND)).isFalse();
    assertThat(duty.round(5, 103 * SECOND)).isTrue();
    assertThat(duty.round(6, 104 * SECOND)).as("another term").isFalse();
    assertThat(duty.round(6, 106 * SECOND)).isFalse();
    assertThat(duty.round(6, 107 * SECOND)).isTrue();
  }

  @Test
  void aLeaderThatWasPausedCountsAnew() {
    CleanupDuty duty = new CleanupDuty(3 * SECOND);
    duty.round(5, 0);
    duty.round(5, 2 * SECOND);
    assertThat(duty.round(5, 40 * SECOND)).isFalse();
    assertThat(duty.round(5, 42 * SECOND)).isFalse();
    assertThat(duty.round(5, 43 * SECOND)).isTrue();
  }
}
