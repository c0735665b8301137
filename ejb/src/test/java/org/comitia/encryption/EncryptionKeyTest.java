package org.comitia.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncryptionKeyTest {
  @ParameterizedTest
  @ValueSource(ints = {16, 24, 32})
  void consulsLengthsAreTaken(int bytes) {
    String text = Base64.getEncoder().encodeToString(new byte[bytes]);
    assertThat(EncryptionKey.parse(" " + text + "\n")).isEqualTo(EncryptionKey.parse(text));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 17, 31, 33})
  void othersAreNot(int bytes) {
    String text = Base64.getEncoder().encodeToString(new byte[bytes]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EncryptionKey.parse(text))
        .withMessageEndingWith("and has " + bytes + " bytes");
  }

  @Test
  void whatIsRefusedIsNotQuoted() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EncryptionKey.parse("my secret"))
        .withMessageContaining("is not base64")
        .withMessageNotContaining("secret");
  }

  @Test
  void aNewKeyIsOneAndIsNotShown() {
    String text = EncryptionKey.generate();
    assertThat(EncryptionKey.parse(text))
        .isNotEqualTo(EncryptionKey.parse(EncryptionKey.generate()));
    assertThat(EncryptionKey.parse(text).toString()).doesNotContain(text);
  }
}
