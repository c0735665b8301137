package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.config.Settings;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.Certificates;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.Keyring;
import org.comitia.encryption.TestAuthority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortProofsTest {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final Instant NOW = Instant.now();

  @TempDir private Path folder;

  private final List<String> told = new ArrayList<>();
  private final Handler listener = new Told(line -> told.add(line.getMessage()));
  private final Map<String, String> given =
      new HashMap<>(Map.of("comitia.bind-address", "127.0.0.1"));

  @BeforeEach
  void listen() {
    LOG.addHandler(listener);
  }

  @AfterEach
  void end() {
    LOG.removeHandler(listener);
  }

  private Certificates.Sources certificateUntil(Instant end) {
    TestAuthority.Issued issued =
        OURS.issue(TestAuthority.SERVER, NOW.minus(Duration.ofDays(365)), end);
    Certificates.Sources sources = OURS.sources(folder, "agent", issued);
    given.put("comitia.tls.defaults.ca-file", sources.caFile().toString());
    given.put("comitia.tls.defaults.cert-file", sources.certFile().toString());
    given.put("comitia.tls.defaults.key-file", sources.keyFile().toString());
    return sources;
  }

  private PortProofs proofs(Clock clock) throws Exception {
    Settings settings = Settings.of(given);
    Keyring keyring = Keyring.open(null, settings.encrypt(), KeyedTls.Demand.ALWAYS).orElse(null);
    return PortProofs.of(settings, keyring, clock);
  }

  private PortProofs proofs() throws Exception {
    return proofs(Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private void key() {
    given.put("comitia.encrypt", EncryptionKey.generate());
  }

  @Test
  void eachPortHasItsProof() throws Exception {
    assertThat(proofs().serverPort()).isNull();
    assertThat(proofs().serfPort()).isNull();
    assertThat(proofs().reload()).isNull();
    key();
    assertThat(proofs().serverPort()).isInstanceOf(KeyedTls.class);
    assertThat(proofs().serfPort()).isInstanceOf(KeyedTls.class);
    certificateUntil(NOW.plus(Duration.ofDays(365)));
    assertThat(proofs().serverPort()).isInstanceOf(CertificateTls.class);
    assertThat(proofs().serfPort()).isInstanceOf(KeyedTls.class);
    given.remove("comitia.encrypt");
    assertThat(proofs().serfPort()).isInstanceOf(CertificateTls.class);
    assertThat(proofs().serverPort().provesServers()).isFalse();
    given.put("comitia.tls.internal-rpc.verify-server-hostname", "true");
    assertThat(proofs().serverPort().provesServers()).isTrue();
    assertThat(proofs().serfPort().provesServers()).isFalse();
    assertThat(told).isEmpty();
  }

  @Test
  void anEndThatIsNearIsToldOnceADay() throws Exception {
    certificateUntil(NOW.plus(Duration.ofDays(40)));
    Instant[] now = {NOW};
    PortProofs proofs =
        proofs(
            new Clock() {
              @Override
              public ZoneOffset getZone() {
                return ZoneOffset.UTC;
              }

              @Override
              public Clock withZone(java.time.ZoneId zone) {
                return this;
              }

              @Override
              public Instant instant() {
                return now[0];
              }
            });
    proofs.look();
    assertThat(told).isEmpty();
    now[0] = NOW.plus(Duration.ofDays(11));
    proofs.look();
    proofs.look();
    assertThat(told)
        .hasSize(1)
        .allMatch(l -> l.startsWith("COM1033: this agent's certificate ends in 2"));
    now[0] = NOW.plus(Duration.ofDays(41));
    proofs.look();
    proofs.look();
    assertThat(told).hasSize(2);
    assertThat(told.get(1)).startsWith("COM1034: ");
  }

  @Test
  void changedFilesAreTakenOverAndBadOnesToldOnce() throws Exception {
    Certificates.Sources sources = certificateUntil(NOW.plus(Duration.ofDays(365)));
    PortProofs proofs = proofs();
    Files.writeString(sources.keyFile(), "no key");
    proofs.look();
    proofs.look();
    assertThat(told).hasSize(1).allMatch(l -> l.startsWith("COM1032: keeping the certificates"));
    assertThat(proofs.unusable()).startsWith("COM1031: ");
    assertThat(proofs.reload()).startsWith("COM1031: ").contains(sources.keyFile().toString());
    certificateUntil(NOW.plus(Duration.ofDays(366)));
    proofs.look();
    assertThat(told).hasSize(2);
    assertThat(told.get(1)).startsWith("the files of the certificates have changed");
    assertThat(proofs.unusable()).isNull();
    assertThat(proofs.reload()).isNull();
  }

  @Test
  void filesThatCannotBeUsedRefuseTheStart() {
    Certificates.Sources sources = certificateUntil(NOW.plus(Duration.ofDays(365)));
    given.put("comitia.tls.defaults.cert-file", folder.resolve("missing").toString());
    assertThat(sources.keyFile()).exists();
    assertThatThrownBy(this::proofs)
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("COM1031: the certificates of tls.internal_rpc cannot be used: ")
        .hasMessageContaining("missing");
  }
}
