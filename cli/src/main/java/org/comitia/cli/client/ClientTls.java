package org.comitia.cli.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * How an agent is reached over TLS: whom we believe, who we are, and by which name the agent must
 * prove itself. Certificates and keys are PEM files, as Consul's command takes them. Immutable.
 */
public final class ClientTls {
  /**
   * What was asked for; null: not given.
   *
   * @param verify false: any certificate will do
   * @param caFile certificates to believe in place of the JVM's
   * @param caPath a directory of them
   * @param serverName the name in the agent's certificate, when it is not the host's
   */
  record Wish(
      boolean verify,
      String caFile,
      String caPath,
      String certificateFile,
      String keyFile,
      String serverName) {}

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]*)-----END \\1-----");

  /** The algorithm identifier of an RSA key: its object identifier, no parameters. */
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  /** The object identifier of a key on an elliptic curve; the curve's own follows it. */
  private static final byte[] ELLIPTIC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private final Wish wish;
  private final SSLSocketFactory sockets;

  private ClientTls(Wish wish, SSLSocketFactory sockets) {
    this.wish = wish;
    this.sockets = sockets;
  }

  /**
   * @throws AgentException naming the file that cannot be used
   */
  static ClientTls of(Wish wish) throws AgentException {
    if ((wish.certificateFile() == null) != (wish.keyFile() == null)) {
      throw new AgentException(
          "both a client certificate and its key are needed: -client-cert and -client-key");
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(wish), trust(wish), null);
      return new ClientTls(wish, new NamedSockets(context.getSocketFactory(), wish.serverName()));
    } catch (GeneralSecurityException | IOException e) {
      throw new AgentException("TLS cannot be set up: " + e.getMessage());
    }
  }

  /** Takes any certificate, because the caller asked for that. */
  public static ClientTls ofAnybody() throws AgentException {
    return of(new Wish(false, null, null, null, null, null));
  }

  public void applyTo(HttpsURLConnection connection) {
    connection.setSSLSocketFactory(sockets);
    if (!wish.verify() || wish.serverName() != null) {
      // asked only when the URL's host does not match: the socket has checked the other name
      connection.setHostnameVerifier((host, session) -> true);
    }
  }

  private static TrustManager[] trust(Wish wish)
      throws GeneralSecurityException, IOException, AgentException {
    if (!wish.verify()) {
      return new TrustManager[] {new BelievesAnybody()};
    }
    if (wish.caFile() == null && wish.caPath() == null) {
      return null;
    }
    List<Path> files = new ArrayList<>();
    if (wish.caFile() != null) {
      files.add(Path.of(wish.caFile()));
    } else {
      try (Stream<Path> listed = Files.list(Path.of(wish.caPath()))) {
        listed.filter(Files::isRegularFile).sorted().forEach(files::add);
      } catch (IOException e) {
        throw new AgentException("Error loading CA path " + wish.caPath() + ": " + e);
      }
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (Path file : files) {
      for (Certificate certificate : certificates(file)) {
        store.setCertificateEntry("ca-" + store.size(), certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Wish wish)
      throws GeneralSecurityException, IOException, AgentException {
    if (wish.keyFile() == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    Certificate[] chain = certificates(Path.of(wish.certificateFile())).toArray(Certificate[]::new);
    store.setKeyEntry("client", privateKey(Path.of(wish.keyFile())), new char[0], chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static Collection<? extends Certificate> certificates(Path file) throws AgentException {
    try {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
      if (all.isEmpty()) {
        throw new AgentException("Error loading certificates from " + file + ": it holds none");
      }
      return all;
    } catch (IOException | GeneralSecurityException e) {
      throw new AgentException("Error loading certificates from " + file + ": " + e);
    }
  }

  private static PrivateKey privateKey(Path file) throws AgentException {
    try {
      Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
      if (!pem.find()) {
        throw new AgentException(
            "Error loading key from " + file + ": it holds no unencrypted PEM key");
      }
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      PKCS8EncodedKeySpec key =
          new PKCS8EncodedKeySpec(
              switch (pem.group(1)) {
                case "RSA PRIVATE KEY" -> wrapped(RSA, der);
                case "EC PRIVATE KEY" -> wrapped(tagged(0x30, ELLIPTIC, curve(der)), der);
                default -> der;
              });
      for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(key);
        } catch (InvalidKeySpecException e) {
          // of another kind
        }
      }
      throw new AgentException("Error loading key from " + file + ": no EC, RSA or Ed25519 key");
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new AgentException("Error loading key from " + file + ": " + e);
    }
  }

  /** A key of an older form, in the form that Java reads (PKCS #8, RFC 5208). */
  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return tagged(0x30, new byte[] {2, 1, 0}, algorithm, tagged(0x04, key));
  }

  /** The object identifier of the curve, which such a key carries (RFC 5915) after its number. */
  private static byte[] curve(byte[] key) {
    for (int at = 0; at + 4 < key.length; at++) {
      // [0] { OBJECT IDENTIFIER ... }, one inside the other to the last byte
      boolean parameters = (key[at] & 0xff) == 0xa0 && key[at + 2] == 0x06;
      if (parameters && key[at + 1] == key[at + 3] + 2 && at + 4 + key[at + 3] <= key.length) {
        return Arrays.copyOfRange(key, at + 2, at + 4 + key[at + 3]);
      }
    }
    throw new IllegalArgumentException("the key does not name its curve");
  }

  private static byte[] tagged(int tag, byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** For {@code CONSUL_HTTP_SSL_VERIFY=false}, whose name says what it does. */
  private static final class BelievesAnybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      // nobody asks
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // asked for
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Sockets that ask for, and insist on, another name than the host's. */
  private static final class NamedSockets extends SSLSocketFactory {
    private final SSLSocketFactory plain;
    private final String name;

    NamedSockets(SSLSocketFactory plain, String name) {
      this.plain = plain;
      this.name = name;
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean close)
        throws IOException {
      if (name == null) {
        return plain.createSocket(socket, host, port, close);
      }
      SSLSocket named = (SSLSocket) plain.createSocket(socket, name, port, close);
      SSLParameters parameters = named.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      named.setSSLParameters(parameters);
      return named;
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return plain.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return plain.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      throw new IOException("a connection is made before its TLS");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return createSocket(host.getHostAddress(), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket(host, port);
    }
  }
}
