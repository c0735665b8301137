package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.membership.Admission.Kind;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloResponse;
import org.comitia.wire.proto.Id128;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission =
      new Admission(agent(1, "a", "dc1").build(), "", Map.of(), Map.of());

  private static AgentIdentity.Builder agent(long id, String name, String datacenter) {
    return AgentIdentity.newBuilder()
        .setName(name)
        .setDatacenter(datacenter)
        .setNodeId(Id128.newBuilder().setLow(id))
        .setInstance(Id128.newBuilder().setLow(id));
  }

  @Test
  void aNameThatNoAgentHasIsNotQuoted() {
    for (String name : new String[] {"b\n2026-01-01 a line of its own", "b".repeat(129), ""}) {
      Admission.Refusal refusal = admission.refusal(agent(2, name, "dc2").build());
      assertThat(refusal.kind()).isEqualTo(Kind.UNREADABLE);
      assertThat(refusal.text()).isEqualTo("COM2002: the other agent does not say who it is");
    }
  }

  @Test
  void aDatacenterIsQuotedAsOneLineOf128Characters() {
    String datacenter = "dc2\n\u001b[2J" + "x".repeat(1 << 20);
    assertThat(admission.refusal(agent(2, "b", datacenter).build()).text())
        .startsWith("Member 'b' part of wrong datacenter 'dc2\\n\\u001b[2Jxxx")
        .endsWith("xxx...'")
        .hasSizeLessThan(200);
    assertThat(admission.refusal(agent(2, "b", "d".repeat(128)).build()).text())
        .endsWith("'" + "d".repeat(128) + "'");
  }

  @Test
  void whoWasDroppedByARecoveryIsToldTheWayBackOnBothSides() {
    UUID former = new UUID(1, 1);
    UUID newer = new UUID(2, 2);
    long at = Instant.parse("2026-11-30T15:00:00Z").toEpochMilli();
    Map<String, String> tags =
        Map.of(
            Member.Tags.CLUSTER,
            newer.toString(),
            Member.Tags.RECOVERED_FROM,
            "nonsense," + former + "@" + at);
    Admission survivor = Admission.of("a", new UUID(0, 1), new UUID(0, 1), tags, List.of());
    Admission dropped =
        Admission.of(
            "b",
            new UUID(0, 2),
            new UUID(0, 2),
            Map.of(Member.Tags.CLUSTER, former.toString()),
            List.of());
    assertThat(survivor.refusal(dropped.self()).text())
        .startsWith("COM2004: Member 'b' belongs to another cluster (" + former)
        .contains("It was dropped when this cluster was recovered from that one")
        .contains("at 2026-11-30T15:00:00Z: stop it, move its raft/ folder away");
    assertThat(survivor.refusal(dropped.self()).kind()).isEqualTo(Kind.CLUSTER);
    assertThat(dropped.refusal(survivor.self()).kind()).isEqualTo(Kind.SUCCESSOR);
    assertThat(dropped.refusal(survivor.self()).text())
        .startsWith("COM2004: Member 'a' belongs to another cluster (" + newer)
        .contains(
            "That one says that it was recovered from this server's cluster, at 2026-11-30T15:00:00Z")
        .contains("this server was dropped: stop it, move its raft/ folder away");

    Map<String, String> member = new HashMap<>(tags);
    Admission joined =
        Admission.of(
            "c",
            new UUID(0, 3),
            new UUID(0, 3),
            Map.of(Member.Tags.CLUSTER, newer.toString()),
            List.of(new Member("a", new UUID(0, 1), "h", 1, member, Member.Status.ALIVE, 0)));
    assertThat(joined.refusal(dropped.self()).text())
        .as("whoever joined later knows it too")
        .contains("It was dropped when this cluster was recovered");
    Admission stranger =
        Admission.of(
            "d",
            new UUID(0, 4),
            new UUID(0, 4),
            Map.of(Member.Tags.CLUSTER, new UUID(3, 3).toString()),
            List.of());
    assertThat(survivor.refusal(stranger.self()).text()).contains("Two clusters never become one");
  }

  @Test
  void whoHasNoClusterIsToldWhoseOldFolderKeepsItApart() {
    UUID former = new UUID(1, 1);
    Member dropped =
        new Member(
            "n2",
            new UUID(0, 2),
            "h",
            1,
            Map.of(Member.Tags.CLUSTER, former.toString()),
            Member.Status.ALIVE,
            0);
    Admission emptied =
        Admission.of("n1", new UUID(0, 1), new UUID(0, 1), Map.of(), List.of(dropped));
    Admission survivor = recovered(4, former, "2026-11-30T15:00:00Z");
    assertThat(emptied.refusal(survivor.self()).text())
        .contains("recovered from the cluster of 'n2', at 2026-11-30T15:00:00Z")
        .contains("'n2' was dropped and still runs with its old raft/ folder: stop that one")
        .doesNotContain("this server was dropped");
  }

  @Test
  void twoThatWereRecoveredFromOneClusterAreToldThatOneMustGo() {
    UUID former = new UUID(1, 1);
    Admission one = recovered(1, former, "2026-11-30T15:00:00Z");
    Admission two = recovered(2, former, "2026-11-30T16:00:00Z");
    assertThat(one.refusal(two.self()).text())
        .startsWith("COM2004: Member 'n2' belongs to another cluster (")
        .contains("Both were recovered from one cluster (" + former + ")")
        .contains("this one at 2026-11-30T15:00:00Z, that one at 2026-11-30T16:00:00Z")
        .contains("one of the two must go")
        .doesNotContain("-bootstrap");
    Admission three = recovered(3, new UUID(1, 2), "2026-11-30T16:00:00Z");
    assertThat(one.refusal(three.self()).text()).contains("Two clusters never become one");
  }

  private static Admission recovered(long number, UUID former, String at) {
    Map<String, String> tags =
        Map.of(
            Member.Tags.CLUSTER,
            new UUID(2, number).toString(),
            Member.Tags.RECOVERED_FROM,
            former + "@" + Instant.parse(at).toEpochMilli());
    UUID id = new UUID(0, number);
    return Admission.of("n" + number, id, id, tags, List.of());
  }

  @Test
  void theRefusalOfAnotherIsQuotedAsOneLineOf1024Characters() {
    HelloResponse.Builder response = HelloResponse.newBuilder();
    assertThat(HelloExchange.theirs(response.build())).isNull();
    response.setRefusal("no\n" + "x".repeat(2000));
    assertThat(HelloExchange.theirs(response.build()))
        .isEqualTo("refused by it: no\\n" + "x".repeat(1020) + "...");
  }
}
