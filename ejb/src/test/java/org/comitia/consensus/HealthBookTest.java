package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.cluster.ServerHealth;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.junit.jupiter.api.Test;

class HealthBookTest {
  private static final long MILLI = 1_000_000L;
  private static final ServerId SELF = id(1);
  private static final ServerId OTHER = id(2);
  private static final Configuration BOTH =
      new Configuration(
          List.of(
              new Server(SELF, "n1", "127.0.0.1:8300", true),
              new Server(OTHER, "n2", "127.0.0.2:8300", false)));
  private static final AutopilotConfig CONFIG = AutopilotConfig.DEFAULT;

  private final HealthBook book = new HealthBook(SELF, 10 * MILLI);
  private long now = 5_000 * MILLI;
  private long term = 7;

  private static ServerId id(int number) {
    return new ServerId(new UUID(0, number), new UUID(9, number));
  }

  private Status leader(Status.Peer other) {
    return new Status(
        now,
        Role.LEADER,
        term,
        SELF,
        "127.0.0.1:8300",
        true,
        0,
        false,
        990,
        1_000,
        term,
        BOTH,
        1,
        LogBase.NONE,
        false,
        false,
        UUID.randomUUID(),
        "",
        List.of(other));
  }

  private static Status.Peer peer(long match, long matchTerm, long silentMillis, boolean inReach) {
    return new Status.Peer(OTHER, match, matchTerm, silentMillis * MILLI, inReach, true, 2, "");
  }

  private boolean healthy(Status.Peer other) {
    Status status = leader(other);
    book.look(status, CONFIG);
    List<ServerHealth> report = book.report(status, List.of(), now, 0);
    assertThat(report.get(0).healthy()).as("the leader").isTrue();
    return report.get(1).healthy();
  }

  @Test
  void aServerIsHealthyThatAnswersAndFollowsAndWhoseDiskComesAlong() {
    assertThat(healthy(peer(1_000, 7, 0, true))).isTrue();
    assertThat(healthy(peer(1_000, 7, 200, true))).isTrue();
    assertThat(healthy(peer(1_000, 7, 201, true))).as("silent").isFalse();
    assertThat(healthy(peer(750, 7, 0, true))).isTrue();
    assertThat(healthy(peer(749, 7, 0, true))).as("too far behind").isFalse();
    assertThat(healthy(peer(1_000, 6, 0, true))).as("of an older term").isFalse();
    assertThat(healthy(peer(1_000, 7, 0, false))).as("its disk").isFalse();
    assertThat(healthy(new Status.Peer(OTHER, 1_000, 7, -1, true, true, 2, "")))
        .as("never")
        .isFalse();
  }

  @Test
  void whoseStateStandsStillIsNotHealthy() {
    assertThat(healthy(new Status.Peer(OTHER, 1_000, 7, 0, true, true, 2, "COM3070"))).isFalse();
  }

  /** Heartbeats come so often that a shorter threshold would call everybody ill. */
  @Test
  void threeHeartbeatsMayPassWhateverIsSet() {
    AutopilotConfig strict = new AutopilotConfig(true, MILLI, 250, 0, 0, "", false, "", 1, 1);
    Status status = leader(peer(1_000, 7, 30, true));
    book.look(status, strict);
    assertThat(book.healthyNanos(OTHER, now)).isZero();
    Status late = leader(peer(1_000, 7, 31, true));
    book.look(late, strict);
    assertThat(book.healthyNanos(OTHER, now)).isEqualTo(-1);
  }

  @Test
  void itIsStableSinceItLastChangedUnderThisLeader() {
    healthy(peer(1_000, 7, 0, true));
    now += 400 * MILLI;
    healthy(peer(1_000, 7, 0, true));
    assertThat(book.healthyNanos(OTHER, now)).isEqualTo(400 * MILLI);
    now += 100 * MILLI;
    healthy(peer(1_000, 7, 500, true));
    assertThat(book.healthyNanos(OTHER, now)).isEqualTo(-1);
    now += 100 * MILLI;
    Status status = leader(peer(1_000, 7, 600, true));
    book.look(status, CONFIG);
    assertThat(book.report(status, List.of(), now, 50_000).get(1).stableSinceMillis())
        .isEqualTo(49_900);
    assertThat(book.report(status, List.of(), now, 50_000).get(0).stableSinceMillis())
        .isEqualTo(49_400);

    term++;
    healthy(peer(1_000, 8, 0, true));
    assertThat(book.healthyNanos(SELF, now)).as("a new term").isZero();
  }

  @Test
  void theReportShowsWhatMembershipSaysAndDoesNotGoByIt() {
    Status status = leader(peer(999, 7, 3, true));
    book.look(status, CONFIG);
    Member failed =
        new Member(
            "n2",
            OTHER.node(),
            "127.0.0.2",
            8301,
            Map.of(
                Member.Tags.ROLE, "consul",
                Member.Tags.INCARNATION, OTHER.incarnation().toString(),
                Member.Tags.BUILD, "1.10.11"),
            Member.Status.FAILED,
            0);
    ServerHealth shown = book.report(status, List.of(failed), now, 1_000).get(1);
    assertThat(shown)
        .isEqualTo(
            new ServerHealth(
                OTHER.node().toString(),
                "n2",
                "127.0.0.2:8300",
                Member.Status.FAILED,
                "1.10.11",
                false,
                false,
                3 * MILLI,
                7,
                999,
                true,
                1_000));
  }

  @Test
  void aLeaderSaysNothingBeforeItHasAppliedWhatItFound() {
    Status status = leader(peer(1_000, 7, 0, true));
    StateVersion early = new StateVersion(989, Tables.EMPTY);
    assertThat(book.isSettled(status, early)).as("not looked yet").isFalse();
    book.look(status, CONFIG);
    assertThat(book.isSettled(status, early)).isFalse();
    assertThat(book.isSettled(status, new StateVersion(990, Tables.EMPTY))).isTrue();
  }
}
