package org.comitia.encryption;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 in which both sides prove that they hold a key of the cluster, and nothing else is asked:
 * no name, no authority, no date. The proof is the signature of the handshake by the key pair that
 * follows from the key ({@link KeyedIdentity}), so the key itself is never sent, and what is
 * encrypted by it stays so when the key is lost later (RFC 8446: ephemeral Diffie-Hellman). No
 * session is resumed. Its keys may change while it is used ({@link Keyring}). Safe for any thread.
 */
public final class KeyedTls implements PortTls {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** How the JDK begins to tell of an alert that has come, after what differs by version. */
  private static final String ALERT = "Received fatal alert: ";

  private static final String PROTOCOL = "TLSv1.3";
  private static final String[] SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"};

  private static final Set<CryptoPrimitive> AGREEMENT = Set.of(CryptoPrimitive.KEY_AGREEMENT);

  /** What the JDK asks for when it looks for a key agreement, where that is X25519. */
  static final Set<String> X25519 =
      Set.of(PROTOCOL, "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "x25519", "XDH");

  /** Steps of both sides together; a handshake takes a dozen. */
  private static final int MAX_STEPS = 100;

  /** Who dialled has made another connection by then, and this side need not cut it off. */
  private static final long ACCEPTED_STAY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Demand demand;
  private final long acceptedStayNanos;
  private volatile Ring ring;

  /** When a key was taken out; null before. */
  private volatile Long removedNanos;

  /**
   * @param keys the first is shown to the other side, each of them is taken from it; not empty
   */
  public KeyedTls(List<EncryptionKey> keys) {
    this(keys, Demand.ALWAYS);
  }

  /** The same of an agent that demands the proof or does not yet. */
  public KeyedTls(List<EncryptionKey> keys, Demand demand) {
    this(keys, demand, ACCEPTED_STAY_NANOS);
  }

  /**
   * @param acceptedStayNanos how long an accepted connection stays whose key was taken out
   */
  KeyedTls(List<EncryptionKey> keys, Demand demand, long acceptedStayNanos) {
    this.demand = demand;
    this.acceptedStayNanos = acceptedStayNanos;
    try {
      ring = Ring.of(keys);
      shakeHands(engine(true), engine(false));
    } catch (GeneralSecurityException | SSLException e) {
      throw new IllegalStateException(
          "COM3110: this JDK has no TLS 1.3 with Ed25519 and X25519: " + e.getMessage(), e);
    }
  }

  /**
   * On which connections the proof is demanded: while the first key is given to a cluster that runs
   * not yet on all.
   *
   * @param incoming on those that are accepted; else plain ones are taken as well
   * @param outgoing on those that are made; else these are plain
   */
  public record Demand(boolean incoming, boolean outgoing) {
    public static final Demand ALWAYS = new Demand(true, true);

    boolean isAlways() {
      return incoming && outgoing;
    }
  }

  /** Fixed for the life of this object. */
  @Override
  public Demand demand() {
    return demand;
  }

  /** What is shown, and what is taken, by the handshakes that begin from now on. */
  private record Ring(
      List<EncryptionKey> keys,
      KeyManager[] shown,
      TrustManager[] taken,
      Set<PublicKey> known,
      SSLContext dialling) {
    static Ring of(List<EncryptionKey> keys) throws GeneralSecurityException {
      List<KeyedIdentity> identities = keys.stream().map(KeyedIdentity::of).toList();
      Set<PublicKey> known =
          identities.stream().map(i -> i.certificate().getPublicKey()).collect(Collectors.toSet());
      KeyManager[] shown = {new Shown(identities.get(0))};
      TrustManager[] taken = {new Taken(known)};
      SSLContext dialling = context(shown, taken);
      dialling.getClientSessionContext().setSessionCacheSize(1); // none is used again; 0: no bound
      return new Ring(List.copyOf(keys), shown, taken, known, dialling);
    }

    private static SSLContext context(KeyManager[] shown, TrustManager[] taken)
        throws GeneralSecurityException {
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(shown, taken, RANDOM);
      return context;
    }

    SSLContext accepting() throws GeneralSecurityException {
      return context(shown, taken);
    }
  }

  /** The first is the one that is shown. */
  List<EncryptionKey> keys() {
    return ring.keys();
  }

  /**
   * Other keys from now on. Connections that stand are not touched; of those by a key that is none
   * any more see {@link #isOutdated}.
   *
   * @param keys as at the start
   */
  synchronized void change(List<EncryptionKey> keys) {
    boolean removes = !keys.containsAll(ring.keys());
    try {
      ring = Ring.of(keys);
    } catch (GeneralSecurityException e) {
      throw noTls(e);
    }
    if (removes) {
      removedNanos = System.nanoTime();
    }
  }

  /**
   * Whether a connection is to end, since one of its sides proved a key that was taken out since:
   * one that was dialled at once, so that this side makes another one; one that was accepted 10 s
   * later. Cheap as long as no key was taken out.
   *
   * @param engine its handshake is through
   */
  @Override
  public boolean isOutdated(SSLEngine engine) {
    Long removed = removedNanos;
    if (removed == null
        || (!engine.getUseClientMode() && System.nanoTime() - removed < acceptedStayNanos)) {
      return false;
    }
    try {
      SSLSession session = engine.getSession();
      Set<PublicKey> known = ring.known();
      return !known.contains(session.getPeerCertificates()[0].getPublicKey())
          || !known.contains(session.getLocalCertificates()[0].getPublicKey());
    } catch (SSLPeerUnverifiedException unproved) {
      return true;
    }
  }

  /** That of the connections that are made. */
  SSLContext dialling() {
    return ring.dialling();
  }

  /**
   * A context takes back the tickets that it gave, without a proof: each accepted one has its own.
   */
  SSLContext context(boolean client) {
    try {
      return client ? ring.dialling() : ring.accepting();
    } catch (GeneralSecurityException e) {
      throw noTls(e);
    }
  }

  private static IllegalStateException noTls(GeneralSecurityException e) {
    return new IllegalStateException("COM3110: this JDK has no TLS 1.3 any more", e);
  }

  @Override
  public SSLEngine engine(boolean client) {
    SSLEngine engine = context(client).createSSLEngine();
    engine.setUseClientMode(client);
    engine.setSSLParameters(parameters());
    return engine;
  }

  /**
   * Connects two engines in memory until both are through.
   *
   * @throws SSLException when one of them refuses the other
   */
  static void shakeHands(SSLEngine client, SSLEngine server) throws SSLException {
    int room = 2 * client.getSession().getPacketBufferSize();
    ByteBuffer toServer = ByteBuffer.allocate(room);
    ByteBuffer toClient = ByteBuffer.allocate(room);
    client.beginHandshake();
    server.beginHandshake();
    for (int step = 0; isShaking(client) || isShaking(server); step++) {
      if (step == MAX_STEPS) {
        throw new SSLException("the handshake does not end");
      }
      step(client, toClient, toServer);
      step(server, toServer, toClient);
    }
  }

  private static boolean isShaking(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void step(SSLEngine engine, ByteBuffer from, ByteBuffer to) throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> runTasks(engine);
      case NEED_WRAP -> engine.wrap(NOTHING, to);
      case NEED_UNWRAP -> {
        engine.unwrap(from.flip(), ByteBuffer.allocate(from.capacity()));
        from.compact();
      }
      default -> {
        // It is through, and waits for the other one.
      }
    }
  }

  /** Runs what the engine wants to have run; takes about a millisecond. */
  public static void runTasks(SSLEngine engine) {
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      task.run();
    }
  }

  /** Whether a handshake failed because this side does not take the other one's key. */
  public static boolean isRefusal(SSLException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  /** By which alert the other side ended a handshake (RFC 8446, section 6); "" when by none. */
  public static String alert(SSLException failure) {
    String text = String.valueOf(failure.getMessage());
    String alert = text.substring(text.lastIndexOf(' ') + 1);
    return text.endsWith(ALERT + alert) ? alert : "";
  }

  static SSLParameters parameters() {
    return parameters(X25519);
  }

  /**
   * @param agreements what the JDK may ask for when it looks for a key agreement
   */
  static SSLParameters parameters(Set<String> agreements) {
    SSLParameters parameters = new SSLParameters(SUITES, new String[] {PROTOCOL});
    parameters.setNeedClientAuth(true);
    parameters.setAlgorithmConstraints(new Agreements(agreements));
    return parameters;
  }

  /**
   * No other key agreement than X25519, or few others: a stranger could choose one that costs
   * twenty times as much before it has proved anything. (JDK 17 knows no setting for it.)
   */
  private record Agreements(Set<String> allowed) implements AlgorithmConstraints {
    @Override
    public boolean permits(
        Set<CryptoPrimitive> primitives, String algorithm, AlgorithmParameters parameters) {
      // Of a certificate it asks for all that its key may be used for at once.
      return !primitives.equals(AGREEMENT) || allowed.contains(algorithm);
    }

    @Override
    public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
      return true; // of which algorithm it is was asked before
    }

    @Override
    public boolean permits(
        Set<CryptoPrimitive> primitives,
        String algorithm,
        Key key,
        AlgorithmParameters parameters) {
      return permits(primitives, algorithm, parameters);
    }
  }

  /** This side's proof. */
  private static final class Shown extends X509ExtendedKeyManager {
    private static final String ALIAS = "cluster";
    private final KeyedIdentity identity;

    Shown(KeyedIdentity identity) {
      this.identity = identity;
    }

    private static String alias(String... types) {
      return Arrays.asList(types).contains("EdDSA") ? ALIAS : null;
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

    Taken(Set<PublicKey> keys) {
      this.keys = keys;
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
