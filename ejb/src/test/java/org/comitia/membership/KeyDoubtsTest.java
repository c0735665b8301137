package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.comitia.membership.KeyDoubts.Reason;
import org.junit.jupiter.api.Test;

class KeyDoubtsTest {
  private long now = Long.MAX_VALUE; // the clock may wrap
  private final KeyDoubts doubts = new KeyDoubts(() -> now);

  private static InetSocketAddress host(int port) {
    return new InetSocketAddress("127.0.64.1", port);
  }

  @Test
  void whatIsCertainIsToldFromWhatIsNotAndWhatIsOldIsNotTold() {
    doubts.hungUp(host(1));
    doubts.noCommonKey(host(2), Reason.ANOTHER, "");
    assertThat(doubts.since(host(1), now).certain()).isFalse();
    assertThat(doubts.since(host(1), now).text())
        .startsWith("COM2006: dial tcp 127.0.64.1:1: it hung up");
    assertThat(doubts.since(host(2), now).certain()).isTrue();
    assertThat(doubts.since(host(2), now).text())
        .contains("127.0.64.1:2: it has another encrypt key");
    assertThat(doubts.since(host(2), now + 1)).isNull();
    assertThat(doubts.since(host(3), now)).isNull();
  }

  @Test
  void theLastHostsAreKept() {
    for (int port = 1; port <= KeyDoubts.MAX; port++) {
      doubts.hungUp(host(port));
    }
    doubts.hungUp(host(1)); // the newest again
    doubts.hungUp(host(KeyDoubts.MAX + 1));
    assertThat(doubts.since(host(1), now)).isNotNull();
    assertThat(doubts.since(host(2), now)).isNull();
    assertThat(doubts.since(host(3), now)).isNotNull();
  }

  @Test
  void aDoubtEndsWithAProof() {
    doubts.hungUp(host(1));
    doubts.hungUp(host(2));
    doubts.forget(host(1));
    assertThat(doubts.since(host(1), now)).isNull();
    assertThat(doubts.since(host(2), now)).isNotNull();
  }
}
