package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.comitia.state.Keys;
import org.junit.jupiter.api.Test;

class StoredTextTest {
  @Test
  void readableTextStaysAsItIs() {
    for (String text : new String[] {"", "app/config/a b%2F#;", "gr\u00FC\u00DFe \uD83D\uDE00"}) {
      assertThat(StoredText.escape(text)).isEqualTo(text);
      assertThat(StoredText.unescape(StoredText.escape(text))).isEqualTo(text);
    }
    assertThat(StoredText.escape(null)).isNull();
  }

  @Test
  void whatDatabasesDoNotTakeIsWrittenOut() {
    assertThat(StoredText.escape("a\\b\u0000" + Keys.fromBytes(new byte[] {(byte) 0xFF})))
        .isEqualTo("a\\\\b\\x00\\xFF");
  }

  @Test
  void anyBytesComeBackAndNoTwoKeysCollide() {
    Random random = new Random(1);
    byte[] alphabet = {0, '\\', 'x', 'F', 'u', '0', (byte) 0xFF, (byte) 0xC3, (byte) 0xA4, 'D'};
    Map<String, String> seen = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(8)];
      for (int k = 0; k < bytes.length; k++) {
        bytes[k] = alphabet[random.nextInt(alphabet.length)];
      }
      String key = Keys.fromBytes(bytes);
      String stored = StoredText.escape(key);
      assertThat(StoredText.unescape(stored)).isEqualTo(key);
      assertThat(stored).doesNotContain("\u0000");
      assertThat(new String(stored.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
          .isEqualTo(stored);
      String other = seen.putIfAbsent(stored, key);
      assertThat(other == null || other.equals(key)).isTrue();
    }
  }

  @Test
  void badEscapesAreDamage() {
    for (String bad : new String[] {"\\", "\\q", "\\x", "\\x1", "\\xZZ", "\\u12"}) {
      assertThatThrownBy(() -> StoredText.unescape(bad)).isInstanceOf(DamagedRowException.class);
    }
  }
}
