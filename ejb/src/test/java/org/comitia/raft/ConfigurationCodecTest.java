package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigurationCodecTest {
  @Test
  void readsWhatItWrote() {
    Configuration configuration =
        new Configuration(List.of(TestCluster.server(2, false), TestCluster.server(1, true)));
    assertThat(ConfigurationCodec.decode(ConfigurationCodec.encode(configuration)))
        .isEqualTo(configuration);
    assertThat(ConfigurationCodec.decode(ConfigurationCodec.encode(Configuration.EMPTY)))
        .isEqualTo(Configuration.EMPTY);
  }

  /** The bytes are durable: this test may never be changed, only others added. */
  @Test
  void formatOneStaysReadable() {
    byte[] stored =
        HexFormat.of()
            .parseHex(
                "0100000001"
                    + "00000000000000000000000000000001"
                    + "00000000000000010000000000000001"
                    + "00026e31"
                    + "000e3132372e302e302e313a38333030"
                    + "01");
    Configuration expected = TestCluster.configuration(1);
    assertThat(ConfigurationCodec.decode(stored)).isEqualTo(expected);
    assertThat(ConfigurationCodec.encode(expected)).isEqualTo(stored);
  }

  @Test
  void damagedBytesAreRefused() {
    byte[] good = ConfigurationCodec.encode(TestCluster.configuration(3));
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> ConfigurationCodec.decode(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> ConfigurationCodec.decode(Arrays.copyOf(good, good.length + 1)))
        .hasMessageContaining("1 bytes after");
    assertThatThrownBy(() -> ConfigurationCodec.decode(new byte[] {2, 0, 0, 0, 0}))
        .hasMessageContaining("format 2");
    assertThatThrownBy(() -> ConfigurationCodec.decode(new byte[] {1, 127, -1, -1, -1}))
        .hasMessageContaining("2147483647 servers");
  }
}
