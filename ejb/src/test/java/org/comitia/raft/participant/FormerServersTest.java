package org.comitia.raft.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Candidate;
import org.junit.jupiter.api.Test;

class FormerServersTest {
  private static final Server A = server(1);
  private static final Server B = server(2);
  private static final Server C = server(3);
  private static final long T = 5_000_000_000L;

  private static Server server(int number) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    return new Server(id, "n" + number, "127.0.0." + number + ":8300", true);
  }

  private static Configuration of(Server... servers) {
    return new Configuration(Arrays.asList(servers));
  }

  private static Sighting sighting(Server server, boolean alive, boolean leaving) {
    return new Sighting(new Candidate(server, "dc1", 0, false, null), alive, leaving, 0);
  }

  /** At T c was removed. */
  private static FormerServers withoutC() {
    return FormerServers.of(List.of(of(A, B, C))).changed(of(A, B, C), of(A, B), T);
  }

  @Test
  void whoWasNeverRemovedMayComeAnyTime() {
    assertThat(withoutC().mayReturn(A.id(), T)).isTrue();
    assertThat(withoutC().contains(A.id())).isFalse();
  }

  @Test
  void whoWasRemovedAndLooksAsBeforeMayComeAgainOnlyAfterTenSeconds() {
    FormerServers former = withoutC().seen(List.of(sighting(C, true, false)));
    assertThat(former.mayReturn(C.id(), T + FormerServers.HOLD_NANOS - 1)).isFalse();
    assertThat(former.mayReturn(C.id(), T + FormerServers.HOLD_NANOS)).isTrue();
  }

  @Test
  void whoWasSeenLeavingOrGoneSinceMayComeAsSoonAsItIsThereAgain() {
    for (List<Sighting> noticed :
        List.of(
            List.of(sighting(C, true, true)),
            List.of(sighting(C, false, false)),
            List.<Sighting>of())) {
      FormerServers former = withoutC().seen(noticed).seen(List.of(sighting(C, true, false)));
      assertThat(former.mayReturn(C.id(), T + 1)).isTrue();
    }
  }

  @Test
  void whoseRemovalIsTakenBackOrWhoIsInAgainIsForgotten() {
    FormerServers former = withoutC().changed(of(A, B), of(A, B, C), T + 1);
    assertThat(former.contains(C.id())).isFalse();
    assertThat(former.mayReturn(C.id(), T + 1)).isTrue();
  }

  @Test
  void aServerThatStartsKnowsFromItsLogWhoWasRemovedAndHoldsNobodyOff() {
    FormerServers former = FormerServers.of(List.of(of(A, B), of(A, B, C), of(A, B)));
    assertThat(former.contains(C.id())).isTrue();
    assertThat(former.mayReturn(C.id(), 0)).isTrue();
  }

  @Test
  void theNewestSixtyFourAreKept() {
    FormerServers former = FormerServers.of(List.of(of(A)));
    for (int i = 1; i <= FormerServers.KEPT + 1; i++) {
      former = former.changed(of(A, server(10 + i)), of(A), T);
    }
    assertThat(former.contains(server(11).id())).isFalse();
    assertThat(former.contains(server(12).id())).isTrue();
  }
}
