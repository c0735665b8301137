package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.List;
import java.util.Map;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(180)
@EnabledOnOs(OS.LINUX)
class FrozenMemberTest {
  @Test
  void aStoppedProcessFailsSlowsNobodyAndComesBack() throws Exception {
    try (Agent a = Agent.started("a", "127.0.30.51");
        Agent b = Agent.started("b", "127.0.30.52");
        AgentProcess c = AgentProcess.start("c", "127.0.30.53")) {
      assertThat(c.listening)
          .containsExactly("tcp6/" + c.address.substring(c.address.indexOf(':') + 1));
      assertThat(a.membership.join(List.of(b.address(), c.address)))
          .allMatch(outcome -> outcome.succeeded());
      await("all see all", () -> a.alive().size() == 3 && b.alive().size() == 3);
      c.signal("STOP");
      for (int round = 0; round < 50; round++) {
        String value = Integer.toString(round);
        a.membership.updateTags(Map.of("round", value));
        await("a tag", () -> value.equals(b.sees(a).tags().get("round")));
        assertThat(b.sees(a, Status.ALIVE)).isTrue();
      }
      await("c failed", () -> isFailed(a, c) && isFailed(b, c));
      c.signal("CONT");
      await("c is back", () -> a.alive().size() == 3 && b.alive().size() == 3);
      a.heard.clear();
      try (Agent d = Agent.started("d", "127.0.30.54")) {
        assertThat(d.join(a).succeeded()).isTrue();
        await("d is there", () -> a.alive().size() == 4);
      }
      assertThat(a.heard)
          .as("whoever is back is not left out of the next merge")
          .allMatch(members -> isAlive(members, c));
    }
  }

  /** It still holds the view that it has led, and the others have another one by now. */
  @Test
  void aStoppedCoordinatorComesBack() throws Exception {
    try (AgentProcess a = AgentProcess.start("a", "127.0.30.51");
        Agent b = Agent.started("b", "127.0.30.52");
        Agent c = Agent.started("c", "127.0.30.53")) {
      assertThat(b.membership.join(List.of(a.address, c.address())))
          .allMatch(outcome -> outcome.succeeded());
      await("all see all", () -> b.alive().size() == 3 && c.alive().size() == 3);
      a.signal("STOP");
      await("a failed", () -> isFailed(b, a) && isFailed(c, a));
      a.signal("CONT");
      await("a is back", () -> b.alive().size() == 3 && c.alive().size() == 3);
    }
  }

  /** It still holds the view of a coordinator that is gone, and waits for the next one's. */
  @Test
  void aStoppedProcessComesBackThoughItsCoordinatorHasLeftMeanwhile() throws Exception {
    try (Agent a = Agent.started("a", "127.0.30.51");
        Agent b = Agent.started("b", "127.0.30.52");
        AgentProcess c = AgentProcess.start("c", "127.0.30.53")) {
      assertThat(a.membership.join(List.of(b.address(), c.address)))
          .allMatch(outcome -> outcome.succeeded());
      await("all see all", () -> a.alive().size() == 3 && b.alive().size() == 3);
      c.signal("STOP");
      await("c failed", () -> isFailed(b, c));
      a.membership.leave();
      await("a left", () -> b.sees(a, Status.LEFT));
      c.signal("CONT");
      await("c is back", () -> b.alive().size() == 2);
    }
  }

  private static boolean isAlive(List<Member> members, AgentProcess process) {
    return members.stream()
        .anyMatch(m -> m.nodeId().equals(process.id) && m.status() == Status.ALIVE);
  }

  private static boolean isFailed(Agent agent, AgentProcess process) {
    return agent.membership.members().stream()
        .filter(member -> member.nodeId().equals(process.id))
        .map(Member::status)
        .anyMatch(Status.FAILED::equals);
  }
}
