package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ClaimsTest {
  private long now;
  private final Claims claims = new Claims(() -> now);

  @Test
  void oneSenderMaySaySoManyAddressesAndThenOneEachTenSeconds() throws Exception {
    InetAddress sender = address(1);
    for (int port = 1; port <= Claims.MAX_OF_SENDER; port++) {
      assertThat(claims.admits(sender, at(sender, port))).isTrue();
    }
    assertThat(claims.admits(sender, at(sender, 1001))).as("one more").isTrue();
    assertThat(claims.admits(sender, at(sender, 1002))).as("a second one").isFalse();
    assertThat(claims.admits(sender, at(sender, 1))).as("a known one").isTrue();
    assertThat(claims.admits(address(2), at(address(2), 1))).as("another sender").isTrue();
    now += Claims.ONE_MORE_NANOS;
    assertThat(claims.admits(sender, at(sender, 1002))).isTrue();
    assertThat(claims.admits(sender, at(sender, 1003))).isFalse();
  }

  @Test
  void aSenderThatHasSaidTooManyTakesNobodyElsesTurn() throws Exception {
    for (int port = 1; port <= Claims.MAX_OF_SENDER; port++) {
      assertThat(claims.admits(address(1), at(address(1), port))).isTrue();
      assertThat(claims.admits(address(2), at(address(2), port))).isTrue();
    }
    assertThat(claims.admits(address(1), at(address(1), 1001))).isTrue();
    assertThat(claims.admits(address(2), at(address(2), 1001))).isTrue();
    assertThat(claims.admits(address(2), at(address(2), 1002))).isFalse();
  }

  @Test
  void withTheNextViewAllIsForgotten() throws Exception {
    for (int port = 1; port <= Claims.MAX_OF_SENDER + 1; port++) {
      assertThat(claims.admits(address(1), at(address(1), port))).isTrue();
    }
    assertThat(claims.admits(address(1), at(address(1), 1002))).isFalse();
    claims.forget();
    assertThat(claims.admits(address(1), at(address(1), 1002))).isTrue();
    assertThat(claims.admits(address(1), at(address(1), 1003))).isTrue();
  }

  @Test
  void allTogetherMaySaySoMany() throws Exception {
    for (int i = 0; i < Claims.MAX; i++) {
      assertThat(claims.admits(address(i), at(address(i), 1))).isTrue();
    }
    assertThat(claims.admits(address(Claims.MAX), at(address(1), 2))).as("one more").isTrue();
    assertThat(claims.admits(address(Claims.MAX), at(address(1), 3))).isFalse();
    assertThat(claims.admits(address(1), at(address(1), 1))).as("a known one").isTrue();
  }

  private static InetSocketAddress at(InetAddress address, int port) {
    return new InetSocketAddress(address, port);
  }

  private static InetAddress address(int i) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
  }
}
