package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.encryption.TestAuthority.CLIENT;
import static org.comitia.encryption.TestAuthority.SERVER;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cluster.Member.Status;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.Certificates;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.PortTls;
import org.comitia.encryption.TestAuthority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agents that show each other certificates of one authority are a group; nobody else gets in. */
class CertifiedMembershipTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority FOREIGN = new TestAuthority("foreign");

  @TempDir private Path folder;

  private final List<Agent> agents = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Agent agent : agents) {
      agent.close();
    }
  }

  private PortTls shows(TestAuthority.Issued issued) throws IOException {
    return new CertificateTls(Certificates.load(OURS.sources(folder, "agent", issued)), true, null);
  }

  private Agent agent(String name, String ip, PortTls tls) throws Exception {
    Agent agent = Agent.encrypted(name, ip, ip, Agent.freePort(ip), tls);
    agents.add(agent);
    return agent.start();
  }

  @Test
  void membersOfTheAuthorityJoinFailAndLeave() throws Exception {
    Agent a = agent("a", "127.0.64.41", shows(OURS.issue(SERVER)));
    Agent b = agent("b", "127.0.64.42", shows(OURS.issue(CLIENT)));
    Agent c = agent("c", "127.0.64.43", shows(OURS.issue("anything")));
    assertThat(a.membership.join(List.of(b.address(), c.address())))
        .allMatch(outcome -> outcome.succeeded());
    await(
        "all see all",
        () ->
            List.of(a, b, c).stream().allMatch(one -> one.alive().equals(List.of("a", "b", "c"))));
    b.kill();
    await("b failed", () -> a.sees(b, Status.FAILED) && c.sees(b, Status.FAILED));
    c.membership.leave();
    await("c left", () -> a.sees(c, Status.LEFT));
  }

  @Test
  void nobodyElseIsMetAndItIsSaid() throws Exception {
    Instant now = Instant.now();
    Duration hour = Duration.ofHours(1);
    Agent a = agent("a", "127.0.64.41", shows(OURS.issue(SERVER)));
    CertificateTls foreign =
        new CertificateTls(FOREIGN.certificates(folder, "foreign", SERVER), true, null);
    PortTls ended = shows(OURS.issue(SERVER, now.minus(hour.multipliedBy(2)), now.minus(hour)));
    PortTls key = new KeyedTls(List.of(EncryptionKey.parse(EncryptionKey.generate())));
    assertRefused(a, agent("f", "127.0.64.42", foreign), "none of this agent's CAs has signed it");
    assertRefused(a, agent("e", "127.0.64.43", ended), "it has expired");
    assertRefused(a, agent("k", "127.0.64.44", key), "none of this agent's CAs has signed it");
    assertRefused(a, agent("p", "127.0.64.45", null), "it has no certificate");
  }

  private static void assertRefused(Agent a, Agent stranger, String why) {
    assertThat(a.join(stranger).error())
        .startsWith("COM2039: no proof by certificates with " + stranger.address())
        .contains(why);
    assertThat(stranger.join(a).error()).isNotNull();
    assertThat(a.alive()).containsExactly("a");
    assertThat(stranger.alive()).containsExactly(stranger.name);
    assertThat(a.tcp().unreadable() + stranger.tcp().unreadable()).as("frames seen").isZero();
  }
}
