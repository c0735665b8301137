package org.comitia.encryption;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** The JDK's own sockets on the other side: what speaks to ours need not be ours. */
public final class KeyedSockets {
  private KeyedSockets() {}

  /** The same keys, but connections whose key was taken out are ended at once by both sides. */
  public static KeyedTls impatient(List<EncryptionKey> keys) {
    return new KeyedTls(keys, KeyedTls.Demand.ALWAYS, 0);
  }

  /**
   * Around a connected socket, which is closed with it. The handshake is made by {@link
   * SSLSocket#startHandshake}, or by the first byte that is read or written.
   */
  public static SSLSocket around(PortTls tls, Socket socket, boolean client) throws IOException {
    SSLSocket secured =
        (SSLSocket)
            context(tls, client)
                .getSocketFactory()
                .createSocket(socket, null, socket.getPort(), true);
    secured.setUseClientMode(client);
    secured.setSSLParameters(
        tls instanceof CertificateTls certified ? certified.parameters() : KeyedTls.parameters());
    return secured;
  }

  private static SSLContext context(PortTls tls, boolean client) {
    return tls instanceof CertificateTls certified
        ? certified.context(client)
        : ((KeyedTls) tls).context(client);
  }
}
