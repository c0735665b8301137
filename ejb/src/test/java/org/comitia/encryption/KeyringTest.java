package org.comitia.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyringTest {
  private static final EncryptionKey A = key();
  private static final EncryptionKey B = key();

  @TempDir Path dataDir;
  private Path file;

  @BeforeEach
  void name() {
    file = dataDir.resolve(Keyring.FILE);
  }

  private static EncryptionKey key() {
    return EncryptionKey.parse(EncryptionKey.generate());
  }

  private static Optional<Keyring> open(Path file, EncryptionKey configured) throws IOException {
    return Keyring.open(file, Optional.ofNullable(configured), KeyedTls.Demand.ALWAYS);
  }

  private Keyring opened(EncryptionKey configured) throws IOException {
    return open(file, configured).orElseThrow();
  }

  @Test
  void aRotationIsInTheFileStepByStep() throws Exception {
    Keyring ring = opened(A);
    assertThat(Files.readString(file)).isEqualTo("[\"" + A.base64() + "\"]");
    ring.install(B);
    assertThat(opened(null).keys()).containsExactly(A, B);
    ring.use(B);
    assertThat(opened(null).keys()).containsExactly(B, A);
    ring.remove(A);
    assertThat(opened(null).keys()).containsExactly(B).isEqualTo(ring.keys());
    assertThat(ring.tls().keys()).containsExactly(B);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whatIsConfiguredCountsWhereThereIsNoFile() throws Exception {
    assertThat(open(file, null)).isEmpty();
    assertThat(file).doesNotExist();
    assertThat(opened(A).keys()).containsExactly(A);
    assertThat(opened(B).keys()).containsExactly(A);
  }

  @Test
  void withoutAFileNothingIsKept() throws Exception {
    Keyring ring = open(null, A).orElseThrow();
    ring.install(B);
    ring.use(B);
    assertThat(ring.keys()).containsExactly(B, A);
    assertThat(file).doesNotExist();
  }

  /** Its file, as its agent writes it. */
  @Test
  void consulsFileIsRead() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "[\n  \"" + B.base64() + "\",\n  \"" + A.base64() + "\",\n  \"" + B.base64() + "\"\n]");
    assertThat(opened(null).keys()).containsExactly(B, A);
  }

  @Test
  void whatCannotBeDoneIsSaidInConsulsWordsAndChangesNothing() throws Exception {
    Keyring ring = opened(A);
    assertThatThrownBy(() -> ring.use(B)).hasMessage("requested key is not in the keyring");
    assertThatThrownBy(() -> ring.remove(A)).hasMessage("removing the primary key is not allowed");
    ring.remove(B);
    ring.install(A);
    ring.use(A);
    assertThat(ring.keys()).containsExactly(A);
    assertThatThrownBy(() -> EncryptionKey.of(new byte[15]))
        .hasMessage("key size must be 16, 24 or 32 bytes");
  }

  @Test
  void theRingIsBounded() throws Exception {
    Keyring ring = opened(A);
    for (int i = 1; i < Keyring.MAX_KEYS; i++) {
      ring.install(key());
    }
    assertThatThrownBy(() -> ring.install(B)).hasMessageStartingWith("COM2031: ");
    ring.install(A);
    assertThat(ring.keys()).hasSize(Keyring.MAX_KEYS).doesNotContain(B);
  }

  @Test
  void aKeyThatCannotBeKeptIsNotInForce() throws Exception {
    Keyring ring = opened(A);
    Files.delete(file);
    Files.delete(file.getParent());
    Files.writeString(file.getParent(), "no folder");
    assertThatThrownBy(() -> ring.install(B)).hasMessageStartingWith("COM1028: ");
    assertThat(ring.keys()).containsExactly(A);
    assertThat(ring.tls().keys()).containsExactly(A);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "[]",
        "{}",
        "[1]",
        "[\"secret\"]",
        "[secret]",
        "[\"c2VjcmV0\"]",
        "[\"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\""
      })
  void aDamagedFileRefusesTheStartAndIsNotQuoted(String content) throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    assertThatThrownBy(() -> opened(A))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("COM1027: the keyring in " + file)
        .hasMessageNotContainingAny("secret", "c2Vjc", "pUqJ");
    assertThat(Files.readString(file)).isEqualTo(content);
  }

  @Test
  void aFileThatIsTooLongIsNotRead() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "[" + " ".repeat(70_000) + "]");
    assertThatThrownBy(() -> opened(A)).hasMessageStartingWith("COM1027: ");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i <= Keyring.MAX_KEYS; i++) {
      many.append(many.isEmpty() ? "[" : ",").append('"').append(key().base64()).append('"');
    }
    Files.writeString(file, many + "]");
    assertThatThrownBy(() -> opened(A)).hasMessageContaining("it holds 17 keys");
    assertThat(List.of(A).toString()).doesNotContain(A.base64());
  }
}
