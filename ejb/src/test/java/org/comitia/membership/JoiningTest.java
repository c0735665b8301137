package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.junit.jupiter.api.Test;

class JoiningTest {
  private final List<InetSocketAddress> hosts = new ArrayList<>();

  JoiningTest() throws IOException {
    for (int port = 1; port <= 100; port++) {
      hosts.add(new InetSocketAddress(InetAddress.getByName("10.0.0.1"), port));
    }
  }

  /** Nobody believes who tells of more. */
  @Test
  void noMoreHostsAreMetAtOnceThanMayBeToldOf() {
    assertThat(Joining.contacts(hosts, List.of(), JoiningTest::met))
        .hasSize(Joining.MAX_JOIN)
        .hasSize(ViewsToMerge.MAX_AT_ONCE - 1);
  }

  @Test
  void membersHostsAreMetFirst() {
    List<Member> known = List.of(member(99), member(98));
    assertThat(Joining.contacts(hosts, known, JoiningTest::met).subList(0, 2))
        .extracting(contact -> contact.host().getPort())
        .containsExactlyInAnyOrder(98, 99);
  }

  @Test
  void whoDoesNotAnswerTakesNoPlace() {
    assertThat(
            Joining.contacts(
                hosts,
                List.of(),
                host -> {
                  if (host.getPort() > 70) {
                    throw new IOException("refused");
                  }
                  return met(host);
                }))
        .hasSize(Joining.MAX_JOIN);
  }

  private static HelloExchange.Contact met(InetSocketAddress host) {
    return new HelloExchange.Contact(host, null, null);
  }

  private static Member member(int port) {
    return new Member("m" + port, UUID.randomUUID(), "10.0.0.1", port, Map.of(), Status.ALIVE, 0);
  }
}
