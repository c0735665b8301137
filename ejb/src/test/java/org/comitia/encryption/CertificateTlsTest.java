package org.comitia.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.comitia.encryption.TestAuthority.CLIENT;
import static org.comitia.encryption.TestAuthority.SERVER;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who shows a certificate of the cluster's authority gets through, and as what. */
class CertificateTlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority FOREIGN = new TestAuthority("foreign");

  @TempDir private Path folder;

  private Certificates with(TestAuthority.Issued issued) throws IOException {
    return Certificates.load(OURS.sources(folder, "agent", issued));
  }

  private CertificateTls mutual(String dnsName) {
    return new CertificateTls(OURS.certificates(folder, "agent", dnsName), true, null);
  }

  private CertificateTls server() {
    return new CertificateTls(OURS.certificates(folder, "server", SERVER), true, SERVER);
  }

  /** The accepting side, once both are through. */
  private static SSLEngine through(CertificateTls client, CertificateTls server)
      throws SSLException {
    SSLEngine accepting = server.engine(false);
    KeyedTls.shakeHands(client.engine(true), accepting);
    return accepting;
  }

  private static String refusal(CertificateTls client, CertificateTls server) {
    SSLException failure = catchThrowableOfType(SSLException.class, () -> through(client, server));
    assertThat(failure).isNotNull();
    return CertificateTls.refusal(failure);
  }

  @Test
  void certificatesOfTheAuthorityAreTakenByBothSides() throws Exception {
    SSLEngine accepting = through(mutual(CLIENT), mutual(SERVER));
    assertThat(accepting.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(accepting.getSession().getPeerCertificates()).hasSize(1);
  }

  @Test
  void thoseOfAnotherAuthorityByNeither() {
    CertificateTls foreign =
        new CertificateTls(FOREIGN.certificates(folder, "foreign", SERVER), true, null);
    assertThat(refusal(foreign, mutual(SERVER)))
        .isEqualTo("none of this agent's CAs has signed it");
    assertThat(refusal(mutual(SERVER), foreign))
        .isEqualTo("none of this agent's CAs has signed it");
  }

  @Test
  void anAgentThatBelievesAnotherAuthorityAndShowsARightCertificateIsRefusedByItself()
      throws Exception {
    Certificates.Sources right = OURS.sources(folder, "right", OURS.issue(SERVER));
    Certificates believesForeign =
        Certificates.load(
            new Certificates.Sources(
                FOREIGN.caFile(folder), null, right.certFile(), right.keyFile()));
    CertificateTls tls = new CertificateTls(believesForeign, true, null);
    assertThat(refusal(tls, mutual(SERVER))).isEqualTo("none of this agent's CAs has signed it");
    assertThat(refusal(mutual(SERVER), tls)).isEqualTo("none of this agent's CAs has signed it");
  }

  @Test
  void oneThatHasEndedOrNotBegunIsRefusedByBothSides() throws Exception {
    Instant now = Instant.now();
    Duration hour = Duration.ofHours(1);
    CertificateTls ended =
        new CertificateTls(
            with(OURS.issue(SERVER, now.minus(hour.multipliedBy(2)), now.minus(hour))), true, null);
    CertificateTls early =
        new CertificateTls(
            with(OURS.issue(SERVER, now.plus(hour), now.plus(hour.multipliedBy(2)))), true, null);
    assertThat(refusal(ended, mutual(SERVER))).startsWith("it has expired (NotAfter");
    assertThat(refusal(mutual(SERVER), ended)).startsWith("it has expired (NotAfter");
    assertThat(refusal(early, mutual(SERVER))).startsWith("it is not valid yet (NotBefore");
    assertThat(refusal(mutual(SERVER), early)).startsWith("it is not valid yet (NotBefore");
  }

  @Test
  void whoShowsNoneIsRefusedWhereOneIsAskedForAndIsNoServerWhereNot() throws Exception {
    Certificates none =
        Certificates.load(new Certificates.Sources(OURS.caFile(folder), null, null, null));
    CertificateTls client = new CertificateTls(none, false, SERVER);
    assertThat(refusal(client, server())).isEqualTo("it shows none of this agent's CAs");
    CertificateTls tolerant =
        new CertificateTls(OURS.certificates(folder, "server", SERVER), false, SERVER);
    assertThat(tolerant.isServer(through(client, tolerant).getSession())).isFalse();
    assertThat(tolerant.isServer(through(server(), tolerant).getSession())).isTrue();
  }

  @Test
  void onlyTheNameOfAServerMakesAServer() throws Exception {
    CertificateTls client =
        new CertificateTls(OURS.certificates(folder, "c", CLIENT), true, SERVER);
    assertThat(server().isServer(through(client, server()).getSession())).isFalse();
    assertThat(server().isServer(through(server(), server()).getSession())).isTrue();
    for (String name :
        List.of(CLIENT, "server.dc2.consul", "*.dc1.consul", "x.server.dc1.consul", "server")) {
      assertThat(refusal(server(), mutual(name)))
          .as(name)
          .isEqualTo("it is no server's: it has not the name " + SERVER);
    }
    assertThat(server().isServer(through(mutual("SERVER.dc1.Consul"), server()).getSession()))
        .isTrue();
  }

  @Test
  void withoutANameEverybodyMayBeAServer() throws Exception {
    CertificateTls tls = mutual(CLIENT);
    assertThat(tls.provesServers()).isFalse();
    assertThat(tls.isServer(through(mutual(CLIENT), tls).getSession())).isTrue();
  }

  @Test
  void whoShowsNoneIsNoServerEvenWhereNoNameIsAskedFor() throws Exception {
    CertificateTls stranger =
        new CertificateTls(
            Certificates.load(new Certificates.Sources(OURS.caFile(folder), null, null, null)),
            false,
            null);
    CertificateTls open =
        new CertificateTls(OURS.certificates(folder, "server", SERVER), false, null);
    assertThat(open.isServer(through(stranger, open).getSession())).isFalse();
    assertThat(open.isServer(through(mutual(SERVER), open).getSession())).isTrue();
  }

  @Test
  void changedFilesCountForNewConnections() throws Exception {
    Certificates.Sources sources = OURS.sources(folder, "agent", OURS.issue(SERVER));
    Certificates certificates = Certificates.load(sources);
    CertificateTls tls = new CertificateTls(certificates, true, null);
    assertThat(certificates.reloadIfChanged()).isFalse();
    TestAuthority next = new TestAuthority("next");
    Files.copy(
        next.caFile(folder), sources.caFile(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(certificates.reloadIfChanged()).isTrue();
    assertThat(certificates.reloadIfChanged()).isFalse();
    assertThat(refusal(mutualOf(next), tls)).as("the client refuses").isNotEmpty();
    TestAuthority.Issued issued = next.issue(SERVER);
    TestAuthority.write(sources.certFile(), TestAuthority.pem(issued.certificate()));
    TestAuthority.write(sources.keyFile(), TestAuthority.sec1(issued.key()));
    certificates.reload();
    assertThat(through(mutualOf(next), tls)).isNotNull();
    assertThat(through(tls, mutualOf(next))).isNotNull();
  }

  private CertificateTls mutualOf(TestAuthority authority) {
    return new CertificateTls(authority.certificates(folder, "other", SERVER), true, null);
  }

  @Test
  void aBadFileChangesNothingAndIsToldOnce() throws Exception {
    Certificates.Sources sources = OURS.sources(folder, "agent", OURS.issue(SERVER));
    Certificates certificates = Certificates.load(sources);
    Instant end = certificates.end().orElseThrow();
    TestAuthority.write(sources.certFile(), "no certificate");
    Files.setLastModifiedTime(sources.certFile(), FileTime.from(Instant.EPOCH));
    assertThatThrownBy(certificates::reloadIfChanged)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(sources.certFile().toString());
    assertThat(certificates.reloadIfChanged()).isFalse();
    assertThatThrownBy(certificates::reload).isInstanceOf(IOException.class);
    assertThat(certificates.end()).contains(end);
    CertificateTls tls = new CertificateTls(certificates, true, null);
    assertThat(through(tls, mutual(SERVER))).isNotNull();
  }

  @Test
  void aKeyOfAnotherCertificateIsRefusedByName() {
    Certificates.Sources one = OURS.sources(folder, "one", OURS.issue(SERVER));
    Certificates.Sources two = OURS.sources(folder, "two", OURS.issue(SERVER));
    assertThatThrownBy(
            () ->
                Certificates.load(
                    new Certificates.Sources(one.caFile(), null, one.certFile(), two.keyFile())))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the key in " + two.keyFile() + " is not that of the certificate in " + one.certFile());
  }

  @Test
  void aFolderOfAuthoritiesIsBelieved() throws Exception {
    Path authorities = Files.createDirectory(folder.resolve("ca"));
    OURS.caFile(authorities);
    FOREIGN.caFile(authorities);
    Certificates.Sources own = OURS.sources(folder, "agent", OURS.issue(SERVER));
    Certificates both =
        Certificates.load(
            new Certificates.Sources(null, authorities, own.certFile(), own.keyFile()));
    CertificateTls tls = new CertificateTls(both, true, null);
    assertThat(through(mutual(CLIENT), tls)).isNotNull();
    Files.delete(authorities.resolve("ours-ca.pem"));
    assertThat(both.reloadIfChanged()).isTrue();
    assertThat(refusal(mutual(CLIENT), tls)).isEqualTo("none of this agent's CAs has signed it");
    Files.delete(authorities.resolve("foreign-ca.pem"));
    assertThatThrownBy(both::reload).hasMessageContaining("it holds none");
  }
}
