package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "192.0.2.128/25, 192.0.2.129, true",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.1/32, 192.0.2.1, true",
    "192.0.2.1/32, 192.0.2.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "::1/128, ::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
  })
  void holdsTheAddressesThatBeginAlike(String network, String address, boolean holds)
      throws Exception {
    Network parsed = (Network) ((List<?>) Values.networks(network)).get(0);
    assertThat(parsed.contains(InetAddress.getByName(address))).isEqualTo(holds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0", "10.0.0.0/33", "::/129", "host/8", "10.0.0.0/", "/8", "1/2/3"})
  void refusesWhatIsNoNetwork(String text) {
    assertThatThrownBy(() -> Values.networks(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot hold \"" + text + "\"");
  }
}
