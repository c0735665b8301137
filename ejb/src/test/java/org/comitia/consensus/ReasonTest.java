package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.comitia.cluster.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.Test;

class ReasonTest {
  private static final ServerId SELF = id(1);

  @Test
  void aServerCountsItselfBeforeItsMembershipHasBegun() {
    assertThat(Reason.noLeader(status(), List.of(), SELF, "", false, false))
        .startsWith("COM2023: 1 of 3 voters reachable; n2 not seen since this server started")
        .contains("n3 not seen")
        .doesNotContain("n1");
  }

  @Test
  void anElectionIsUnderWayWhenAllAreThere() {
    List<Member> all = List.of(member(1), member(2), member(3));
    assertThat(Reason.noLeader(status(), all, SELF, "", false, false))
        .startsWith("COM2023: 3 of 3 voters reachable; an election is under way; should it not end")
        .contains("look on each server at ruled_out of `comitia info`");
  }

  @Test
  void aMajorityElectsWithoutTheOthers() {
    List<Member> two = List.of(member(1), member(2));
    assertThat(Reason.noLeader(status(), two, SELF, "", false, false))
        .startsWith("COM2023: 2 of 3 voters reachable; n3 not seen since")
        .contains("; an election is under way; ");
    assertThat(Reason.noLeader(status(), List.of(member(1)), SELF, "", false, false))
        .doesNotContain("an election is under way");
  }

  @Test
  void aServerThatOthersKnowWithAnotherStoreSaysSo() {
    List<Member> two = List.of(member(1), member(2));
    assertThat(Reason.noLeader(status(), two, SELF, "", false, true))
        .startsWith("COM2023: 2 of 3 voters reachable; n3 not seen since")
        .contains("; a leader sends to another raft/ folder of this server", "old copy")
        .doesNotContain("an election is under way");
  }

  @Test
  void aDamagedStoreIsToBeMovedAwayOnlyWhenTheOthersAreAQuorum() {
    List<Member> members = List.of(member(1), member(2), member(3));
    Configuration three = new Configuration(members.stream().map(ReasonTest::server).toList());
    ServerId self = three.servers().get(0).id();

    assertThat(Reason.adviceOnDamage(three, members, self))
        .isEqualTo(
            "2 of 3 voters are there without this server: stop it, move its raft/ folder away and"
                + " join it again");
    assertThat(Reason.adviceOnDamage(three, members.subList(0, 2), self))
        .isEqualTo(
            "1 of 3 voters are there without this server, 2 are needed: keep its raft/ folder, and"
                + " bring the other servers back first");
    Configuration alone = new Configuration(List.of(server(members.get(0))));
    assertThat(Reason.adviceOnDamage(alone, members, self)).contains("keep its raft/ folder");
  }

  private static Status status() {
    List<Server> servers =
        IntStream.rangeClosed(1, 3)
            .mapToObj(n -> new Server(id(n), "n" + n, "10.0.0." + n + ":8300", true))
            .toList();
    return new Status(
        0,
        Role.FOLLOWER,
        1,
        null,
        null,
        false,
        -1,
        false,
        0,
        0,
        0,
        new Configuration(servers),
        1,
        LogBase.NONE,
        false,
        false,
        new UUID(0, 9),
        "",
        List.of());
  }

  private static ServerId id(int number) {
    return new ServerId(new UUID(1, number), new UUID(2, number));
  }

  private static Member member(int number) {
    Map<String, String> tags =
        Map.of(
            Member.Tags.ROLE, "consul",
            Member.Tags.PORT, "8300",
            Member.Tags.INCARNATION, new UUID(2, number).toString());
    return new Member(
        "n" + number, new UUID(1, number), "10.0.0." + number, 8301, tags, Member.Status.ALIVE, 0);
  }

  private static Server server(Member member) {
    return new Server(
        Servers.id(member).orElseThrow(), member.name(), member.serverAddress(), true);
  }
}
