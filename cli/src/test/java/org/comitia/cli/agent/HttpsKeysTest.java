package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Collections;
import java.util.Optional;
import org.comitia.cli.tls.TestCertificates;
import org.comitia.config.TlsSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PEM files as the server's key stores. */
class HttpsKeysTest {
  @TempDir private static Path pem;
  @TempDir private Path folder;

  @BeforeAll
  static void make() throws Exception {
    TestCertificates certificates = new TestCertificates(pem);
    certificates.add("one");
    certificates.add("other");
  }

  private static TlsSettings settings(String certificate, String key, boolean verify) {
    return new TlsSettings(
        Optional.of(pem.resolve("ca.pem")),
        Optional.empty(),
        Optional.of(pem.resolve(certificate)),
        Optional.of(pem.resolve(key)),
        verify,
        false,
        Optional.empty());
  }

  private static KeyStore loaded(byte[] store, HttpsKeys keys) throws Exception {
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    loaded.load(new ByteArrayInputStream(store), keys.password().toCharArray());
    return loaded;
  }

  @Test
  void theStoresHoldWhatTheFilesHold() throws Exception {
    HttpsKeys keys = new HttpsKeys(folder.resolve("tls"));

    HttpsKeys.Stores stores = keys.read(settings("one.pem", "one-key.pem", true));
    keys.write(stores);

    KeyStore own = loaded(Files.readAllBytes(keys.own()), keys);
    assertThat(own.getCertificateChain("own")).hasSize(2);
    assertThat(own.getKey("own", keys.password().toCharArray()).getAlgorithm()).isEqualTo("EC");
    KeyStore believed = loaded(Files.readAllBytes(keys.believed()), keys);
    assertThat(Collections.list(believed.aliases())).hasSize(1);
    for (Path file : new Path[] {keys.own(), keys.believed()}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(new HttpsKeys(folder).password()).isNotEqualTo(keys.password()).hasSize(32);
  }

  @Test
  void nobodyIsBelievedWhereNobodyIsAsked() throws Exception {
    HttpsKeys keys = new HttpsKeys(folder);
    HttpsKeys.Stores stores = keys.read(settings("one.pem", "one-key.pem", false));
    assertThat(Collections.list(loaded(stores.believed(), keys).aliases())).isEmpty();
  }

  @Test
  void whatDoesNotFitIsNamed() {
    HttpsKeys keys = new HttpsKeys(folder);
    assertThat(refusal(keys, settings("one.pem", "other-key.pem", true)))
        .startsWith("COM1142: the key in " + pem.resolve("other-key.pem") + " is not that of");
    assertThat(refusal(keys, settings("none.pem", "one-key.pem", true)))
        .startsWith("COM1141: HTTPS: Error loading certificates from " + pem.resolve("none.pem"));
    assertThat(refusal(keys, settings("one.pem", "one.pem", true)))
        .startsWith("COM1141: HTTPS: Error loading key from " + pem.resolve("one.pem"));
    assertThat(folder).isEmptyDirectory();
  }

  private static String refusal(HttpsKeys keys, TlsSettings settings) {
    AgentException refused = catchThrowableOfType(AgentException.class, () -> keys.read(settings));
    return refused.lines().get(0);
  }
}
