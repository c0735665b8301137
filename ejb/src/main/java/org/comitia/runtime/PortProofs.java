package org.comitia.runtime;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.logging.Logger;
import org.comitia.config.Settings;
import org.comitia.config.TlsSettings;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.Certificates;
import org.comitia.encryption.Keyring;
import org.comitia.encryption.PortTls;

/**
 * What the other side of a connection must prove at this node's two ports: the server port
 * certificates where there are authorities, else the key; the serf LAN port the key where there is
 * one, else certificates. Looks after the certificates while the node runs. Safe for any thread.
 */
final class PortProofs {
  private static final Logger LOG = Logger.getLogger("agent");

  /** So long before a certificate ends it is told, once a day. */
  private static final Duration NEAR_END = Duration.ofDays(30);

  private static final Duration A_DAY = Duration.ofDays(1);

  private final PortTls serverPort;
  private final PortTls serfPort;
  private final Certificates certificates;
  private final TlsSettings settings;
  private final Clock clock;
  private Instant told = Instant.MIN; // guarded by this

  private PortProofs(
      PortTls serverPort,
      PortTls serfPort,
      Certificates certificates,
      TlsSettings settings,
      Clock clock) {
    this.serverPort = serverPort;
    this.serfPort = serfPort;
    this.certificates = certificates;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @param keyring null without keys
   * @throws RefusedException when the certificates cannot be used
   */
  static PortProofs of(Settings settings, Keyring keyring, Clock clock) throws RefusedException {
    TlsSettings tls = settings.internalRpcTls();
    PortTls keyed = keyring == null ? null : keyring.tls();
    if (!tls.hasAuthorities()) {
      return new PortProofs(keyed, keyed, null, tls, clock);
    }
    try {
      Certificates certificates = Certificates.load(tls.sources());
      String name =
          tls.verifyServerHostname()
              ? "server." + settings.datacenter() + "." + settings.domain()
              : null;
      // Certificates take the key's place there: the port is not to be more open than with it.
      boolean mutual = tls.verifyIncoming() || keyed != null;
      PortTls serverPort = new CertificateTls(certificates, mutual, name);
      PortTls serfPort = keyed == null ? new CertificateTls(certificates, true, null) : keyed;
      PortProofs proofs = new PortProofs(serverPort, serfPort, certificates, tls, clock);
      proofs.tellNearEnd();
      return proofs;
    } catch (IOException e) {
      throw new RefusedException(unusable(e), e);
    }
  }

  private static String unusable(IOException e) {
    return "COM1031: the certificates of tls.internal_rpc cannot be used: " + e.getMessage();
  }

  /** Null: connections are plain. */
  PortTls serverPort() {
    return serverPort;
  }

  /** Null: connections are plain. */
  PortTls serfPort() {
    return serfPort;
  }

  /** Why {@link #reload} would change nothing; null when it can be done. */
  String unusable() {
    try {
      if (certificates != null) {
        Certificates.load(settings.sources());
      }
      return null;
    } catch (IOException e) {
      return unusable(e);
    }
  }

  /**
   * Reads the certificates again; connections that stand are not touched.
   *
   * @return null when they are in force, else why those of before still are
   */
  String reload() {
    try {
      if (certificates != null) {
        certificates.reload();
        tellNearEnd();
      }
      return null;
    } catch (IOException e) {
      return unusable(e);
    }
  }

  /** To be called every few seconds: takes over files that have changed. */
  void look() {
    if (certificates == null) {
      return;
    }
    try {
      if (certificates.reloadIfChanged()) {
        LOG.info("the files of the certificates have changed, new connections take the new ones");
        tellNearEnd();
      }
    } catch (IOException e) {
      LOG.warning(
          "COM1032: keeping the certificates of before, since the changed ones cannot be used: "
              + e.getMessage());
    }
    synchronized (this) {
      if (told.isAfter(clock.instant().minus(A_DAY))) {
        return;
      }
    }
    tellNearEnd();
  }

  private synchronized void tellNearEnd() {
    Instant now = clock.instant();
    told = now;
    Instant end = certificates.end().orElse(Instant.MAX);
    if (end.isAfter(now.plus(NEAR_END))) {
      return;
    }
    String file = settings.certFile().map(Object::toString).orElse("");
    if (end.isAfter(now)) {
      LOG.warning(
          "COM1033: this agent's certificate ends in "
              + Duration.between(now, end).toDays()
              + " days, at "
              + end
              + ": "
              + file
              + ". Then nobody takes it any more");
    } else {
      LOG.severe("COM1034: this agent's certificate has ended at " + end + ": " + file);
    }
  }
}
