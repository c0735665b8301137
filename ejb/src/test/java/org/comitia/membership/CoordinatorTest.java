package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.comitia.cluster.Member;
import org.jgroups.Address;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class CoordinatorTest {
  private final List<Agent> agents = new ArrayList<>();

  @AfterEach
  void closeAll() {
    agents.forEach(Agent::close);
  }

  @Test
  void everyViewIsInTheOrderOfItsAddresses() {
    AddressOrder order = new AddressOrder();
    List<Address> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(new org.jgroups.util.UUID(i, 0));
    }
    for (int seed = 0; seed < 100; seed++) {
      List<Address> mixed = new ArrayList<>(all);
      Collections.shuffle(mixed, new Random(seed));
      Collection<Collection<Address>> groups =
          List.of(mixed.subList(0, 1), mixed.subList(1, 4), mixed.subList(3, 6));
      assertThat(order.getNewMembership(groups)).isEqualTo(all);
      assertThat(
              order.getNewMembership(
                  mixed.subList(0, 4),
                  mixed.subList(4, 6),
                  mixed.subList(0, 1),
                  mixed.subList(1, 2)))
          .isEqualTo(all.stream().filter(a -> mixed.indexOf(a) > 1).toList());
    }
  }

  /** Six members that came in random order; the coordinators leave one after another. */
  @Test
  void serversCoordinateBeforeClientsAndWhoCameFirstBeforeWhoCameLater() throws Exception {
    List<String> roles =
        new ArrayList<>(List.of("consul", "node", "consul", "node", "consul", "node"));
    long seed = System.nanoTime();
    Collections.shuffle(roles, new Random(seed));
    for (int i = 0; i < roles.size(); i++) {
      agents.add(started("m" + i, "127.0.64." + (51 + i), roles.get(i)));
    }
    List<Agent> joining = new ArrayList<>(agents);
    Collections.shuffle(joining, new Random(seed));
    for (Agent agent : joining.subList(1, joining.size())) {
      assertThat(agent.join(joining.get(0)).succeeded()).isTrue();
    }
    List<Agent> expected = new ArrayList<>(agents);
    expected.sort(java.util.Comparator.comparing(agent -> agent.membership.channel().address()));
    assertThat(expected.stream().map(this::role).collect(Collectors.joining(" ")))
        .isEqualTo("consul consul consul node node node");
    while (expected.size() > 1) {
      List<Agent> there = List.copyOf(expected);
      await(
          "the view of " + there.size() + ", roles in order " + roles + ", seed " + seed,
          () -> there.stream().allMatch(agent -> isInOrder(agent, there)));
      expected.remove(0).membership.leave();
    }
  }

  private static boolean isInOrder(Agent agent, List<Agent> there) {
    List<Address> order = there.stream().map(a -> a.membership.channel().address()).toList();
    return agent.membership.channel().view().getMembers().equals(order);
  }

  private String role(Agent agent) {
    return agent.sees(agent).tags().get(Member.Tags.ROLE);
  }

  private Agent started(String name, String ip, String role) throws Exception {
    Map<String, String> tags = Map.of(Member.Tags.ROLE, role);
    return new Agent(name, ip, Agent.freePort(ip), UUID.randomUUID(), null, tags).start();
  }
}
