package org.comitia.cli.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
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
import org.comitia.encryption.PemFiles;

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
    } catch (IOException e) {
      throw new AgentException(e.getMessage());
    } catch (GeneralSecurityException e) {
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

  private static TrustManager[] trust(Wish wish) throws GeneralSecurityException, IOException {
    if (!wish.verify()) {
      return new TrustManager[] {new BelievesAnybody()};
    }
    if (wish.caFile() == null && wish.caPath() == null) {
      return null;
    }
    List<X509Certificate> believed =
        wish.caFile() != null
            ? PemFiles.certificates(Path.of(wish.caFile()))
            : PemFiles.certificatesIn(Path.of(wish.caPath()));
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (Certificate certificate : believed) {
      store.setCertificateEntry("ca-" + store.size(), certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Wish wish) throws GeneralSecurityException, IOException {
    if (wish.keyFile() == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    Certificate[] chain =
        PemFiles.certificates(Path.of(wish.certificateFile())).toArray(Certificate[]::new);
    PrivateKey key = PemFiles.privateKey(Path.of(wish.keyFile()));
    store.setKeyEntry("client", key, new char[0], chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
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
