package org.comitia.membership;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.comitia.encryption.PortTls;

/**
 * A connection that was dialled and over which both sides have proved the cluster's key, before
 * JGroups gets it. JGroups binds and connects each socket, which is nothing any more here.
 */
final class DialledSocket extends Socket {
  /** The other side hung up in the handshake, which says nothing of the reason. */
  static final class HungUp extends IOException {
    private static final long serialVersionUID = 1;

    HungUp(IOException cause) {
      super(cause);
    }
  }

  private TlsStreams tls;

  /**
   * Blocks for {@code millis} at most.
   *
   * @param from null: the system chooses
   * @throws TlsStreams.NoCommonKey when the other side has another key, or none
   * @throws HungUp when it did
   * @throws IOException when it cannot be reached, or is not done in time
   */
  void dial(InetSocketAddress from, InetSocketAddress to, PortTls keys, int millis)
      throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    super.bind(from);
    super.connect(to, millis);
    try {
      setTcpNoDelay(true); // for the handshake; JGroups sets it later
      InputStream in = super.getInputStream();
      tls = new TlsStreams(keys, true, this, in, super.getOutputStream(), new byte[0]);
      tls.prove(until);
    } catch (EOFException | SocketException e) {
      throw new HungUp(e);
    }
  }

  TlsStreams tls() {
    return tls;
  }

  @Override
  public void bind(SocketAddress from) {
    // It is.
  }

  @Override
  public void connect(SocketAddress to, int millis) {
    // It is.
  }

  @Override
  public InputStream getInputStream() {
    return tls.in();
  }

  @Override
  public OutputStream getOutputStream() {
    return tls.out();
  }
}
