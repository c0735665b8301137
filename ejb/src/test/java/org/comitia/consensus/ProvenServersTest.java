package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Member;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProvenServersTest {
  private static final Logger LOG = Logger.getLogger("consul");
  private static final ServerId GENUINE = new ServerId(new UUID(1, 1), new UUID(1, 2));
  private static final ServerId IMPOSTOR = new ServerId(new UUID(2, 1), new UUID(2, 2));
  private static final String AT = "10.0.0.1:8300";

  private final List<String> told = new ArrayList<>();
  private final Handler listener = new Told(line -> told.add(line.getMessage()));
  private final Set<ServerId> proved = new HashSet<>();
  private long now;
  private final ProvenServers proven =
      new ProvenServers((id, address) -> address.equals(AT) && proved.contains(id), () -> now);

  @BeforeEach
  void listen() {
    LOG.addHandler(listener);
  }

  @AfterEach
  void end() {
    LOG.removeHandler(listener);
  }

  private static Member server(ServerId id, String ip, Member.Status status) {
    return new Member(
        "n" + id.node().getMostSignificantBits(),
        id.node(),
        ip,
        8301,
        Map.of(
            Member.Tags.ROLE,
            "consul",
            Member.Tags.INCARNATION,
            id.incarnation().toString(),
            Member.Tags.PORT,
            "8300"),
        status,
        0);
  }

  private static Member alive(ServerId id) {
    return server(id, "10.0.0.1", Member.Status.ALIVE);
  }

  private boolean isBelieved(Member member) {
    return Servers.sightings(proven.among(List.of(member))).size() == 1;
  }

  @Test
  void whoHasNotProvedItCountsAsAClient() {
    assertThat(isBelieved(alive(GENUINE))).isFalse();
    assertThat(proven.isWaiting()).isTrue();
    proved.add(GENUINE);
    assertThat(isBelieved(alive(GENUINE))).isTrue();
    assertThat(proven.isWaiting()).isFalse();
    assertThat(isBelieved(alive(IMPOSTOR))).as("at the same address").isFalse();
  }

  @Test
  void whoHasProvedItStaysAServerWhileItIsHeardThere() {
    proved.add(GENUINE);
    assertThat(isBelieved(alive(GENUINE))).isTrue();
    proved.clear();
    assertThat(isBelieved(alive(GENUINE))).isTrue();
    assertThat(isBelieved(server(GENUINE, "10.0.0.2", Member.Status.ALIVE))).isFalse();
    assertThat(isBelieved(alive(GENUINE))).as("it was elsewhere meanwhile").isFalse();
  }

  @Test
  void whoIsNotHeardIsShownAsItWas() {
    Member failed = server(GENUINE, "10.0.0.1", Member.Status.FAILED);
    assertThat(proven.among(List.of(failed))).containsExactly(failed);
    assertThat(proven.isWaiting()).isFalse();
  }

  @Test
  void itIsToldOnceItHasTakenTooLong() {
    isBelieved(alive(IMPOSTOR));
    now = 5_000_000_000L;
    isBelieved(alive(IMPOSTOR));
    assertThat(told).isEmpty();
    now++;
    isBelieved(alive(IMPOSTOR));
    isBelieved(alive(IMPOSTOR));
    assertThat(told).hasSize(1).allMatch(line -> line.startsWith("COM3114: n2 says that it is"));
  }
}
