package org.comitia.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.comitia.config.HostPort;
import org.junit.jupiter.api.Test;

class MemberTest {
  @Test
  void anIpv6MembersServerAddressIsOneThatCanBeReadAgain() throws Exception {
    Member member = member("0:0:0:0:0:0:0:1", Map.of(Member.Tags.PORT, "9300"));
    assertThat(member.serverAddress()).isEqualTo("[0:0:0:0:0:0:0:1]:9300");
    assertThat(HostPort.parse(member.serverAddress()).literal().getPort()).isEqualTo(9300);
  }

  @Test
  void anIpv4MembersServerAddressIsItsIpAndPort() {
    assertThat(member("10.0.0.1", Map.of()).serverAddress()).isEqualTo("10.0.0.1:8300");
  }

  private static Member member(String address, Map<String, String> tags) {
    return new Member("n", new UUID(0, 1), address, 8301, tags, Member.Status.ALIVE, 0);
  }
}
