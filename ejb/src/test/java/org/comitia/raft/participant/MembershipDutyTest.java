package org.comitia.raft.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Candidate;
import org.junit.jupiter.api.Test;

class MembershipDutyTest {
  private static final UUID CLUSTER = new UUID(9, 9);

  private final List<Server> configured = new ArrayList<>();
  private final List<Sighting> seen = new ArrayList<>();
  private final List<ServerId> caughtUp = new ArrayList<>();
  private FormerServers former = FormerServers.of(List.of());
  private int level;
  private long now;

  private static Server server(int number, int store, boolean voter) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, store));
    return new Server(id, "n" + number, "127.0.0." + number + ":8300", voter);
  }

  private static Sighting there(Server server, UUID cluster) {
    return new Sighting(new Candidate(server, "dc1", 0, false, cluster), true, false, 0);
  }

  private static Sighting failed(Server server) {
    return new Sighting(new Candidate(server, "dc1", 0, false, CLUSTER), false, false, 0);
  }

  private void threeVoters() {
    for (int i = 1; i <= 3; i++) {
      configured.add(server(i, i, true));
      seen.add(there(configured.get(i - 1), CLUSTER));
    }
  }

  private MembershipDuty.Found next() {
    return MembershipDuty.next(
        CLUSTER,
        "dc1",
        new Configuration(configured),
        caughtUp::contains,
        seen,
        former,
        level,
        now);
  }

  @Test
  void whenAllAreInNothingIsChanged() {
    threeVoters();
    assertThat(next().change()).isEmpty();
  }

  @Test
  void aServerThatIsThereBecomesALearnerAndThenAVoter() {
    threeVoters();
    Server fourth = server(4, 4, false);
    seen.add(there(fourth, null));
    assertThat(next().change()).contains(new MembershipDuty.AddLearner(fourth));
    configured.add(fourth);
    assertThat(next().change()).isEmpty();
    caughtUp.add(fourth.id());
    assertThat(next().change()).contains(new MembershipDuty.Promote(fourth));
  }

  @Test
  void whoKnowsLessThanTheClustersLevelIsNotAddedAndSomebodyIsTold() {
    threeVoters();
    Server fourth = server(4, 4, false);
    seen.add(there(fourth, CLUSTER));
    level = 1;
    assertThat(next().change()).isEmpty();
    assertThat(next().complaint())
        .startsWith("COM2028: server n4 (127.0.0.4:8300) knows feature level 0")
        .contains("cluster is at 1", "upgrade it");

    seen.set(3, new Sighting(seen.get(3).candidate(), true, false, 1));
    assertThat(next().change()).contains(new MembershipDuty.AddLearner(fourth));
    assertThat(next().complaint()).isEmpty();
  }

  @Test
  void whoIsInTheConfigurationIsPromotedWhateverItKnows() {
    threeVoters();
    Server fourth = server(4, 4, false);
    seen.add(there(fourth, CLUSTER));
    configured.add(fourth);
    caughtUp.add(fourth.id());
    level = 1;
    assertThat(next().change()).contains(new MembershipDuty.Promote(fourth));
  }

  @Test
  void nobodyIsRemovedBecauseItFailed() {
    threeVoters();
    seen.set(2, failed(configured.get(2)));
    assertThat(next().change()).isEmpty();
  }

  @Test
  void whoIsLeavingIsNotAddedAgain() {
    threeVoters();
    Server fourth = server(4, 4, false);
    seen.add(new Sighting(new Candidate(fourth, "dc1", 0, false, CLUSTER), true, true, 0));
    assertThat(next().change()).isEmpty();
  }

  /** It was removed at its own wish, and what it says in its tags comes later than its removal. */
  @Test
  void whoWasJustRemovedIsNotAddedAgainBeforeItsTagsSayThatItLeaves() {
    threeVoters();
    Configuration before = new Configuration(configured);
    Server third = configured.remove(2);
    former = former.changed(before, new Configuration(configured), now);
    assertThat(next().change()).isEmpty();
    former = former.seen(List.of(new Sighting(seen.get(2).candidate(), true, true, 0)));
    assertThat(next().change()).contains(new MembershipDuty.AddLearner(server(3, 3, false)));
    assertThat(third.id()).isEqualTo(server(3, 3, false).id());
  }

  @Test
  void whoWasRemovedThoughItIsThereIsAddedAgainAfterTenSeconds() {
    threeVoters();
    Configuration before = new Configuration(configured);
    configured.remove(2);
    former = former.changed(before, new Configuration(configured), now);
    now += FormerServers.HOLD_NANOS - 1;
    assertThat(next().change()).isEmpty();
    now++;
    assertThat(next().change()).contains(new MembershipDuty.AddLearner(server(3, 3, false)));
  }

  /** A member's record that is seconds old says that the replaced store is there. */
  @Test
  void aStoreThatWasReplacedDoesNotReplaceItsSuccessor() {
    threeVoters();
    Configuration before = new Configuration(configured);
    configured.remove(2);
    former = former.changed(before, new Configuration(configured), now);
    configured.add(server(3, 33, true));
    assertThat(next().change()).isEmpty();
  }

  @Test
  void anotherClustersServerIsNotAddedAndSaidToBe() {
    threeVoters();
    seen.add(there(server(4, 4, false), new UUID(8, 8)));
    assertThat(next().change()).isEmpty();
    assertThat(next().complaint()).contains("n4 (127.0.0.4:8300) belongs to another cluster");
  }

  @Test
  void anotherDatacentersServerIsNotAdded() {
    threeVoters();
    Candidate other = new Candidate(server(4, 4, false), "dc2", 0, false, null);
    seen.add(new Sighting(other, true, false, 0));
    assertThat(next().change()).isEmpty();
  }

  @Test
  void aNewStoreReplacesTheOldOneWhenTheOthersAreAQuorum() {
    threeVoters();
    seen.set(2, there(server(3, 33, true), null));
    assertThat(next().change()).contains(new MembershipDuty.RemoveOld(configured.get(2)));
    configured.remove(2);
    assertThat(next().change()).contains(new MembershipDuty.AddLearner(server(3, 33, false)));
  }

  @Test
  void anOldStoreThatIsNeededForQuorumStays() {
    threeVoters();
    seen.set(1, failed(configured.get(1)));
    seen.set(2, there(server(3, 33, true), null));
    assertThat(next().change()).isEmpty();
    assertThat(next().complaint()).contains("only 1 of 2 needed voters are there");
  }

  @Test
  void aNewAddressIsRecorded() {
    threeVoters();
    Server moved = configured.get(1).at("127.0.0.9:8300");
    seen.set(1, there(moved, CLUSTER));
    assertThat(next().change())
        .contains(new MembershipDuty.UpdateAddress(configured.get(1), "127.0.0.9:8300"));
  }
}
