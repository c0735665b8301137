package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLogTest {
  private static final Logger RAFT = Logger.getLogger("raft");
  private static final Logger CONSUL = Logger.getLogger("consul");
  private static final ServerId ID = new ServerId(UUID.randomUUID(), UUID.randomUUID());

  private final List<String> lines = new ArrayList<>();
  private final List<String> leaders = new ArrayList<>();
  private final Handler handler =
      new Told(
          told -> {
            if (told.getMessage().startsWith("heartbeat timeout")) {
              lines.add(told.getMessage());
            } else if (told.getMessage().startsWith("New leader")) {
              leaders.add(told.getMessage());
            }
          });

  private String why = "";
  private List<Member> members = List.of();
  private final EventLog log =
      new EventLog(new Server(ID, "n1", "127.0.0.1:8300", false), () -> why, () -> members);

  @BeforeEach
  void listen() {
    RAFT.addHandler(handler);
    CONSUL.addHandler(handler);
  }

  @AfterEach
  void leave() {
    RAFT.removeHandler(handler);
    CONSUL.removeHandler(handler);
  }

  @Test
  void preVotesThatLeadToNothingAreToldOnceWithTheReason() {
    for (int i = 0; i < 70; i++) {
      why = "COM2023: 1 of 3 voters reachable; n2 last seen " + i + " s ago at 10.0.0.2:8300";
      happens(new RaftEvent.BecameCandidate(2, true));
      happens(new RaftEvent.BecameCandidate(2, true));
    }
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).contains("term=2").contains("COM2023: 1 of 3 voters reachable");
  }

  @Test
  void preVotesAreToldAgainWhenTheReasonChangesOrALeaderIsLost() {
    happens(new RaftEvent.BecameCandidate(2, true));
    happens(new RaftEvent.BecameCandidate(2, true));
    why = "COM2023: 2 of 3 voters reachable";
    happens(new RaftEvent.BecameCandidate(2, true));
    assertThat(lines).hasSize(2);
    happens(new RaftEvent.LeaderChanged(2, null));
    happens(new RaftEvent.BecameCandidate(2, true));
    assertThat(lines).hasSize(2);
    happens(new RaftEvent.LeaderChanged(3, ID));
    happens(new RaftEvent.BecameCandidate(3, true));
    assertThat(lines).hasSize(3);
  }

  /** A new server hears of the leader before it has a configuration. */
  @Test
  void aLeaderIsCalledByTheNameThatItHasAsAMember() {
    UUID leader = UUID.randomUUID();
    RaftEvent changed = new RaftEvent.LeaderChanged(2, new ServerId(leader, UUID.randomUUID()));
    happens(changed);
    Map<String, String> tags = Map.of(Member.Tags.ROLE, "consul");
    members = List.of(new Member("n7", leader, "10.0.0.7", 8301, tags, Member.Status.ALIVE, 0));
    happens(changed);
    assertThat(leaders)
        .containsExactly("New leader elected: payload=" + leader, "New leader elected: payload=n7");
  }

  private void happens(RaftEvent event) {
    log.log(List.of(event), Configuration.EMPTY);
  }
}
