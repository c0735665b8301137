package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeysTest {
  private final Random random = new Random(7);

  /** Bytes that are often near valid UTF-8. */
  private byte[] someBytes() {
    int[] alphabet = {
      'a', '/', 0x7F, 0x80, 0xA9, 0xBF, 0xC3, 0xE2, 0x82, 0xED, 0xA0, 0xEE, 0xF0, 0x9F, 0xF4, 0x90,
      0xFF, 0
    };
    byte[] bytes = new byte[random.nextInt(9)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) alphabet[random.nextInt(alphabet.length)];
    }
    return bytes;
  }

  @Test
  void textStaysText() {
    for (String text : new String[] {"", "a/b", "é", "€", "\uD83D\uDE00", "\uFFFF\uE000"}) {
      assertThat(Keys.fromBytes(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
      assertThat(Keys.toBytes(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void bytesThatAreNotUtf8BecomeLoneSurrogates() {
    assertThat(Keys.fromBytes(new byte[] {'a', (byte) 0xFF})).isEqualTo("a\uDCFF");
    // overlong, encoded surrogate, beyond U+10FFFF, cut short
    assertThat(Keys.fromBytes(bytes(0xC0, 0x80))).isEqualTo("\uDCC0\uDC80");
    assertThat(Keys.fromBytes(bytes(0xED, 0xA0, 0x80))).isEqualTo("\uDCED\uDCA0\uDC80");
    assertThat(Keys.fromBytes(bytes(0xF4, 0x90, 0x80, 0x80))).isEqualTo("\uDCF4\uDC90\uDC80\uDC80");
    assertThat(Keys.fromBytes(bytes(0xE2, 0x82))).isEqualTo("\uDCE2\uDC82");
  }

  @Test
  void everyByteStringComesBackUnchangedAndHasItsOwnKey() {
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = someBytes();
      String key = Keys.fromBytes(bytes);
      assertThat(Keys.toBytes(key)).isEqualTo(bytes);
      assertThat(Keys.byteLength(key)).isEqualTo(bytes.length);
      assertThat(Keys.fromBytes(Keys.toBytes(key))).isEqualTo(key);
    }
  }

  @Test
  void keysAreOrderedByTheirBytes() {
    for (int i = 0; i < 200_000; i++) {
      byte[] a = someBytes();
      byte[] b = someBytes();
      int order = Keys.BYTE_ORDER.compare(Keys.fromBytes(a), Keys.fromBytes(b));
      assertThat(Integer.signum(order)).isEqualTo(Integer.signum(Arrays.compareUnsigned(a, b)));
    }
  }

  @Test
  void prefixesAreComparedByTheirBytes() {
    for (int i = 0; i < 200_000; i++) {
      byte[] key = someBytes();
      byte[] prefix =
          random.nextBoolean() ? someBytes() : Arrays.copyOf(key, random.nextInt(key.length + 1));
      boolean begins =
          key.length >= prefix.length
              && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
      String k = Keys.fromBytes(key);
      String p = Keys.fromBytes(prefix);
      String after = Keys.afterPrefix(p);
      boolean inRange =
          Keys.BYTE_ORDER.compare(k, p) >= 0
              && (after == null || Keys.BYTE_ORDER.compare(k, after) < 0);
      assertThat(inRange).isEqualTo(begins);
      if (begins) {
        assertThat(k).startsWith(Keys.stringPrefix(p));
      }
    }
  }

  @Test
  void cutsAfterTheFirstSeparatorBehindThePrefix() {
    assertThat(Keys.cut("a/b/c", "a/", "/")).isEqualTo("a/b/");
    assertThat(Keys.cut("a/b", "a/", "/")).isEqualTo("a/b");
    assertThat(Keys.cut("a/b/c", "a", "/")).isEqualTo("a/");
    assertThat(Keys.cut("a/b/c", "a/", "")).isEqualTo("a/b/c");
    assertThat(Keys.cut("xé", "x", "\uDCC3")).isEqualTo("x\uDCC3");
    assertThat(Keys.cut("é/b/c", "\uDCC3", "/")).isEqualTo("é/");
  }

  @Test
  void refusesSurrogatesThatStandForNoByte() {
    assertThatThrownBy(() -> Keys.toBytes("a\uD800"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("position 1");
    assertThatThrownBy(() -> Keys.toBytes("\uDC00")).isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
