package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1:8300", "[::1]:8300", "[fe80::1%eth0]:1", "name:65535", "a:0"})
  void whatIsReadIsWrittenAsItWas(String text) throws Exception {
    assertThat(HostPort.parse(text)).hasToString(text);
  }

  @Test
  void anIpv6AddressIsWrittenInBrackets() throws Exception {
    assertThat(HostPort.of(InetAddress.getByName("::1"), 8300))
        .hasToString("[0:0:0:0:0:0:0:1]:8300");
    assertThat(new HostPort("::1", 8300).literal().getAddress())
        .isEqualTo(InetAddress.getByName("::1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", "8300", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "a:-1", "a:x"})
  void whatIsNoHostAndPortIsRefused(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "",
        "a.b.c.d",
        ".:1",
        ".a:"
      })
  void aNameIsNoLiteralAndIsNotLookedUp(String host) {
    assertThat(HostPort.isLiteral(host)).isFalse();
    assertThatThrownBy(() -> new HostPort(host, 1).literal())
        .isInstanceOf(IOException.class)
        .hasMessage("'" + host + "' is not an IP address");
  }
}
