package org.comitia.encryption;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 in which certificates of the cluster's authorities are shown: by who is connected to
 * always, by who connects when that is asked for. Chains are the JDK's to check. No session is
 * resumed, so certificates that are read later count for each new connection. Safe for any thread.
 */
public final class CertificateTls implements PortTls {
  /** Of a DNS name among the names of a certificate (RFC 5280, 4.2.1.6). */
  private static final int DNS_NAME = 2;

  /**
   * Of a key on a curve the JDK asks whether that is allowed for agreements too. The dearest of
   * these costs a few milliseconds.
   */
  private static final Set<String> AGREEMENTS =
      Stream.concat(
              KeyedTls.X25519.stream(), Stream.of("secp256r1", "secp384r1", "secp521r1", "EC"))
          .collect(Collectors.toUnmodifiableSet());

  /** What the JDK says of a certificate may quote it. */
  private static final Pattern PRINTABLE_ONLY = Pattern.compile("[^\\x20-\\x7e]|(?<=^.{200}).*$");

  private final Certificates certificates;
  private final boolean mutual;
  private final String serverName;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param mutual whether who connects must show a certificate; else it may
   * @param serverName the name that the certificate of a server has, which is asked of whoever is
   *     connected to; null: none is
   */
  public CertificateTls(Certificates certificates, boolean mutual, String serverName) {
    this.certificates = certificates;
    this.mutual = mutual;
    this.serverName = serverName;
  }

  @Override
  public SSLEngine engine(boolean client) {
    SSLEngine engine = context(client).createSSLEngine();
    engine.setUseClientMode(client);
    engine.setSSLParameters(parameters());
    return engine;
  }

  /** A context takes back the tickets that it gave: each connection has one of its own. */
  SSLContext context(boolean client) {
    Certificates.Material now = certificates.current();
    // Who may connect without a certificate chooses by the authorities whether to show one.
    boolean plain = client ? serverName == null : !mutual;
    TrustManager trusted = plain ? now.trusted() : new Named(now.trusted(), serverName);
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(now.shown(), new TrustManager[] {trusted}, random);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("COM3110: this JDK has no TLS 1.3: " + e.getMessage(), e);
    }
  }

  SSLParameters parameters() {
    SSLParameters parameters = KeyedTls.parameters(AGREEMENTS);
    if (!mutual) {
      parameters.setWantClientAuth(true);
    }
    return parameters;
  }

  @Override
  public boolean byCertificates() {
    return true;
  }

  @Override
  public boolean provesServers() {
    return serverName != null;
  }

  @Override
  public boolean isServer(SSLSession session) {
    try {
      X509Certificate shown = (X509Certificate) session.getPeerCertificates()[0];
      return serverName == null || hasName(shown, serverName);
    } catch (SSLPeerUnverifiedException e) {
      return false; // it showed none, and every server has one
    }
  }

  /** As it is written, no pattern: a pattern would make servers of agents that are none. */
  private static boolean hasName(X509Certificate certificate, String name) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null
          && names.stream()
              .filter(one -> one.get(0).equals(DNS_NAME))
              .anyMatch(one -> name.equalsIgnoreCase((String) one.get(1)));
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  /**
   * Why this side did not take the other one's certificate, in words.
   *
   * @param failure that ended the handshake
   * @return "" when that is not why
   */
  public static String refusal(SSLException failure) {
    Throwable last = failure;
    boolean certificates = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      certificates |= cause instanceof CertificateException;
      last = cause;
    }
    if (!certificates) {
      return String.valueOf(failure.getMessage()).contains("Empty client certificate")
          ? "it shows none of this agent's CAs"
          : "";
    }
    if (last instanceof CertificateExpiredException) {
      return "it has expired (" + last.getMessage() + ")";
    }
    if (last instanceof CertificateNotYetValidException) {
      return "it is not valid yet (" + last.getMessage() + ")";
    }
    if (last instanceof CertPathBuilderException) {
      return "none of this agent's CAs has signed it";
    }
    return PRINTABLE_ONLY.matcher(String.valueOf(last.getMessage())).replaceAll("?");
  }

  /** The JDK's checks, and then the name. */
  private static final class Named extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager checks;
    private final String name;

    Named(X509ExtendedTrustManager checks, String name) {
      this.checks = checks;
      this.name = name;
    }

    private void checkName(X509Certificate[] chain) throws CertificateException {
      if (name != null && !hasName(chain[0], name)) {
        throw new CertificateException("it is no server's: it has not the name " + name);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checks.checkServerTrusted(chain, type, engine);
      checkName(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checks.checkServerTrusted(chain, type, socket);
      checkName(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      checks.checkServerTrusted(chain, type);
      checkName(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checks.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checks.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      checks.checkClientTrusted(chain, type);
    }

    /** None is told, so that many authorities make no long handshake. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
