package org.comitia.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.junit.jupiter.api.Test;

class DebugConfigTest {
  private static Map<String, Object> of(String address) throws Exception {
    Settings settings =
        Settings.of(
            Map.of(
                "comitia.server",
                "true",
                "comitia.data-dir",
                "/tmp/x",
                "comitia.bind-address",
                address,
                "comitia.client-address",
                address));
    return DebugConfig.of(settings, new UUID(1, 2));
  }

  @Test
  void hasConsulsKeysInConsulsFormats() throws Exception {
    assertThat(of("127.0.0.1"))
        .containsEntry("SerfAdvertiseAddrLAN", "tcp://127.0.0.1:8301")
        .containsEntry("SerfBindAddrLAN", "tcp://127.0.0.1:8301")
        .containsEntry("RPCAdvertiseAddr", "tcp://127.0.0.1:8300")
        .containsEntry("HTTPAddrs", List.of("tcp://127.0.0.1:8500"))
        .containsEntry("ClientAddrs", List.of("127.0.0.1"))
        .containsEntry("NodeID", new UUID(1, 2).toString())
        .containsEntry("HTTPSPort", -1)
        .containsEntry("MaxQueryTime", "10m0s")
        .containsEntry("KVMaxValueSize", 524288)
        .containsEntry(
            "TaggedAddresses",
            Map.of(
                "lan", "127.0.0.1",
                "lan_ipv4", "127.0.0.1",
                "wan", "127.0.0.1",
                "wan_ipv4", "127.0.0.1"));
  }

  @Test
  void anAddressOfSixBytesPairsIsInBrackets() throws Exception {
    assertThat(of("::1"))
        .containsEntry("RPCAdvertiseAddr", "tcp://[0:0:0:0:0:0:0:1]:8300")
        .containsKey("TaggedAddresses");
  }

  /** Nomad wants 1.8.0 or later, consul-esm 1.4.1; what follows a plus does not count. */
  @Test
  void theAnnouncedVersionIsOneThatToolsCompare() {
    assertThat(Version.ANNOUNCED).matches("1\\.10\\.11\\+comitia\\.[0-9A-Za-z.${}-]+");
  }
}
