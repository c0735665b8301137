package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.encryption.TestAuthority.CLIENT;
import static org.comitia.encryption.TestAuthority.SERVER;
import static org.comitia.transport.Station.free;
import static org.comitia.transport.Station.utf8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Reply;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.Certificates;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.PortTls;
import org.comitia.encryption.TestAuthority;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All that holds without certificates holds with them; and what only certificates bring. */
class CertifiedTransportTest extends NioTransportTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Logger LOG = Logger.getLogger("transport");
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority FOREIGN = new TestAuthority("foreign");
  private static final ServerId A = new ServerId(new UUID(1, 1), new UUID(1, 2));
  private static final ServerId B = new ServerId(new UUID(2, 1), new UUID(2, 2));

  @TempDir private static Path folder;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Handler listener = new Told(line -> told.add(line.getMessage()));
  private final List<AutoCloseable> opened = new ArrayList<>();

  @Override
  PortTls tls() {
    return new CertificateTls(OURS.certificates(folder, "agent", SERVER), true, null);
  }

  @BeforeEach
  void listen() {
    LOG.addHandler(listener);
  }

  @AfterEach
  void end() throws Exception {
    LOG.removeHandler(listener);
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private static PortTls proving(TestAuthority authority, String dnsName) {
    return new CertificateTls(authority.certificates(folder, "agent", dnsName), true, SERVER);
  }

  private Station station(String ip, PortTls tls, ServerId id) throws IOException {
    Station station =
        new Station(free(ip), tls, id, limits -> limits.greeting = Duration.ofSeconds(30));
    opened.add(station);
    return station;
  }

  private static Reply<byte[]> request(Station from, String to) throws Exception {
    return from.transport
        .request(to, utf8("x"), LONG)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private static String refusal(Station from, Station to) throws Exception {
    return ((Reply.NotSent<byte[]>) request(from, to.address)).reason();
  }

  private boolean said(String text) {
    return told.stream().anyMatch(line -> line.startsWith("COM3111") && line.contains(text));
  }

  @Test
  void serversProveThatTheyAreAndSpeakAsSuch() throws Exception {
    Station a = station("127.0.30.1", proving(OURS, SERVER), A);
    Station b = station("127.0.30.2", proving(OURS, SERVER), B);
    await("the proof", () -> a.transport.isServer(B, b.address));
    assertThat(a.transport.isServer(A, b.address)).as("another one than it says").isFalse();
    assertThat(a.transport.isServer(A, a.address)).isTrue();
    assertThat(a.transport.isServer(B, a.address)).isFalse();
    a.transport.send(b.address, Station.heartbeat(1));
    await("a frame of servers", () -> b.envelopes.size() == 1);
    assertThat(request(a, b.address)).isInstanceOf(Reply.Answered.class);
    assertThat(b.servers).containsExactly(true);
    assertThat(told).isEmpty();
  }

  @Test
  void aClientsCertificateIsNoServerForAnybody() throws Exception {
    Station server = station("127.0.30.1", proving(OURS, SERVER), A);
    Station intruder = station("127.0.30.2", proving(OURS, CLIENT), B);
    for (int n = 1; n <= 3; n++) {
      intruder.transport.send(server.address, Station.heartbeat(n));
      intruder.transport.send(
          server.address, new BootstrapEnvelope(B, A, new BootstrapMessage.Promised(B.node())));
    }
    assertThat(request(intruder, server.address)).isInstanceOf(Reply.Answered.class);
    assertThat(server.servers).containsExactly(false);
    assertThat(server.envelopes).isEmpty();
    assertThat(server.bootstraps).isEmpty();
    assertThat(told).filteredOn(line -> line.startsWith("COM3112: ")).hasSize(1);
    assertThat(server.transport.isServer(B, intruder.address)).isFalse();
    await("why", () -> said("it is no server's: it has not the name " + SERVER));
    assertThat(server.transport.isServer(B, intruder.address)).isFalse();
    assertThat(refusal(server, intruder)).contains("it is no server's");
  }

  @Test
  void whoRelaysToAServerIsNotThatServer() throws Exception {
    Station a = station("127.0.30.1", proving(OURS, SERVER), A);
    Station b = station("127.0.30.2", proving(OURS, SERVER), B);
    try (Tap relay = new Tap("127.0.30.3", b.address, 64 << 10)) {
      assertThat(request(a, relay.address)).isInstanceOf(Reply.Answered.class);
      assertThat(a.transport.isServer(B, relay.address)).isFalse();
    }
    await("the proof", () -> a.transport.isServer(B, b.address));
  }

  @Test
  void aServerSaysWhoItIsBeforeItAsksForThatItself() throws Exception {
    Station a = station("127.0.30.1", proving(OURS, SERVER), A);
    Station b = station("127.0.30.2", tls(), B);
    await("the proof", () -> a.transport.isServer(B, b.address));
  }

  @Test
  void whoShowsNoCertificateSpeaksNotAsAServer() throws Exception {
    Certificates none =
        Certificates.load(new Certificates.Sources(OURS.caFile(folder), null, null, null));
    PortTls open = new CertificateTls(OURS.certificates(folder, "open", SERVER), false, null);
    Station server = station("127.0.30.1", open, A);
    Station stranger = station("127.0.30.2", new CertificateTls(none, false, null), B);
    stranger.transport.send(server.address, Station.heartbeat(1));
    stranger.transport.send(
        server.address, new BootstrapEnvelope(B, A, new BootstrapMessage.Promised(B.node())));
    assertThat(request(stranger, server.address)).isInstanceOf(Reply.Answered.class);
    assertThat(server.servers).containsExactly(false);
    assertThat(server.envelopes).isEmpty();
    assertThat(server.bootstraps).isEmpty();
  }

  @Test
  void whoHasAnotherAuthorityOrAKeyOrNothingIsRefusedAndBothSaySo() throws Exception {
    Station server = station("127.0.30.1", proving(OURS, SERVER), A);
    KeyedTls key = new KeyedTls(List.of(EncryptionKey.parse(EncryptionKey.generate())));
    Station foreign = station("127.0.30.2", proving(FOREIGN, SERVER), B);
    Station keyed = station("127.0.30.3", key, B);
    Station plain = station("127.0.30.4", null, B);
    assertThat(refusal(server, foreign)).contains("none of this agent's CAs has signed it");
    await("the other says so", () -> said("it refuses this agent's certificate"));
    assertThat(refusal(server, keyed)).contains("none of this agent's CAs has signed it");
    assertThat(refusal(server, plain)).contains("it closed the connection");
    for (Station stranger : List.of(foreign, keyed, plain)) {
      assertThat(request(stranger, server.address)).isInstanceOf(Reply.NotSent.class);
    }
    assertThat(server.servers).isEmpty();
    assertThat(server.transport.unfinishedBytes()).isZero();
  }

  @Test
  void longChainsAreTaken() throws Exception {
    // A name in a certificate makes it as long as a chain of RSA keys is.
    String name = "a-label.".repeat(700) + "end";
    PortTls tls = new CertificateTls(OURS.certificates(folder, "long", name), true, null);
    Station a = station("127.0.30.1", tls, A);
    Station b = station("127.0.30.2", tls, B);
    assertThat(request(a, b.address)).isInstanceOf(Reply.Answered.class);
  }

  @Test
  void aReloadUnderLoadLosesNoRequest() throws Exception {
    Certificates.Sources sources = OURS.sources(folder, "reloaded", OURS.issue(SERVER));
    Certificates certificates = Certificates.load(sources);
    PortTls tls = new CertificateTls(certificates, true, SERVER);
    Station a = station("127.0.30.1", tls, A);
    Station b = station("127.0.30.2", tls, B);
    for (int round = 0; round < 20; round++) {
      Certificates.Sources next = OURS.sources(folder, "next", OURS.issue(SERVER));
      Files.copy(next.certFile(), sources.certFile(), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(next.keyFile(), sources.keyFile(), StandardCopyOption.REPLACE_EXISTING);
      certificates.reload();
      for (int n = 0; n < 50; n++) {
        assertThat(request(a, b.address)).isInstanceOf(Reply.Answered.class);
      }
      // A new connection by the new certificate, beside the one that stands.
      assertThat(request(station("127.0.30.3", tls, B), a.address))
          .isInstanceOf(Reply.Answered.class);
    }
    assertThat(told).isEmpty();
  }
}
