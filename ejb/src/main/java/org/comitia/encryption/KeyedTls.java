package org.comitia.encryption;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 in which both sides prove that they hold a key of the cluster, and nothing else is asked:
 * no name, no authority, no date. The proof is the signature of the handshake by the key pair that
 * follows from the key ({@link KeyedIdentity}), so the key itself is never sent, and what is
 * encrypted by it stays so when the key is lost later (RFC 8446: ephemeral Diffie-Hellman). No
 * session is resumed. Safe for any thread.
 */
public final class KeyedTls {
  private static final String PROTOCOL = "TLSv1.3";
  private static final String[] SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"};

  private final SSLContext context;

  /**
   * @param keys the first is shown to the other side, each of them is taken from it; not empty
   */
  public KeyedTls(List<EncryptionKey> keys) {
    List<KeyedIdentity> identities = keys.stream().map(KeyedIdentity::of).toList();
    try {
      context = SSLContext.getInstance(PROTOCOL);
      context.init(
          new KeyManager[] {new Shown(identities.get(0))},
          new TrustManager[] {new Taken(identities)},
          new SecureRandom());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("COM3110: this JDK has no TLS 1.3", e);
    }
  }

  /** For one connection without blocking. */
  public SSLEngine engine(boolean client) {
    SSLEngine engine = context.createSSLEngine(); // without a host: no session is kept for it
    engine.setUseClientMode(client);
    engine.setSSLParameters(parameters());
    return engine;
  }

  /**
   * Around a connected socket, which is closed with it. The handshake is made by {@link
   * SSLSocket#startHandshake}, or by the first byte that is read or written.
   */
  public SSLSocket around(Socket socket, boolean client) throws SSLException {
    try {
      SSLSocket secured =
          (SSLSocket) context.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
      secured.setUseClientMode(client);
      secured.setSSLParameters(parameters());
      return secured;
    } catch (java.io.IOException e) {
      throw new SSLException(e);
    }
  }

  private static SSLParameters parameters() {
    SSLParameters parameters = new SSLParameters(SUITES, new String[] {PROTOCOL});
    parameters.setNeedClientAuth(true);
    return parameters;
  }

  /** This side's proof. */
  private static final class Shown extends X509ExtendedKeyManager {
    private static final String ALIAS = "cluster";
    private final KeyedIdentity identity;

    Shown(KeyedIdentity identity) {
      this.identity = identity;
    }

    private static String alias(String... types) {
      return Set.of(types).contains("EdDSA") ? ALIAS : null;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return alias(types);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
      return alias(type);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return alias(types);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return alias(type);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {identity.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.privateKey();
    }
  }

  /** Whose proof is taken. */
  private static final class Taken extends X509ExtendedTrustManager {
    private final Set<PublicKey> keys;

    Taken(List<KeyedIdentity> identities) {
      keys =
          identities.stream().map(i -> i.certificate().getPublicKey()).collect(Collectors.toSet());
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length != 1 || !keys.contains(chain[0].getPublicKey())) {
        throw new CertificateException("the other side holds none of this cluster's keys");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
