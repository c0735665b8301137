package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.Test;

class LevelsTest {
  private static final ServerId SELF = new ServerId(new UUID(0, 1), new UUID(9, 1));
  private static final ServerId OTHER = new ServerId(new UUID(0, 2), new UUID(9, 2));

  private static Levels held(int level) {
    Configuration both =
        new Configuration(
            List.of(
                new Server(SELF, "n1", "127.0.0.1:8300", true),
                new Server(OTHER, "n2", "127.0.0.2:8300", true)));
    Status status =
        new Status(
            0,
            Role.LEADER,
            7,
            SELF,
            "127.0.0.1:8300",
            true,
            0,
            false,
            9,
            9,
            7,
            both,
            1,
            LogBase.NONE,
            false,
            false,
            UUID.randomUUID(),
            "",
            List.of(new Status.Peer(OTHER, 9, 7, 0, true, true, level, "")));
    return Levels.of(status, 1, 2, 2);
  }

  @Test
  void whoHoldsTheLevelIsNamedAndWhoIsGoneWithTheCommandThatLetsItRise() {
    assertThat(held(2).heldBy()).isEmpty();
    assertThat(held(1).heldBy()).isEqualTo("n2 (1)");
    assertThat(held(-1).heldBy())
        .isEqualTo(
            "n2 (not heard; if it is gone for good: comitia operator raft remove-peer -id="
                + OTHER.node()
                + ")");
    assertThat(held(-1).lowest()).isZero();
  }
}
