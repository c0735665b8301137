package org.comitia.membership;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jgroups.blocks.cs.Connection;

/**
 * An accepted connection that says who it is in JGroups' way: cookie (4 bytes), version (2), length
 * of an address (2), the address. That is read here as it comes, without waiting, and given to
 * JGroups again. The accepting thread's, but for {@link #claimed}.
 */
final class AcceptedSocket extends Socket {
  private static final int HEAD = 8;

  /** Length, ip, port; an IPv6 address has four bytes of scope. */
  private static final int IPV4 = 1 + 4 + 2;

  private static final int IPV6 = 1 + 16 + 4 + 2;

  private final long untilNanos;
  private final byte[] said = new byte[HEAD + IPV6];
  private int have;
  private volatile InetSocketAddress claimed;

  /**
   * @param untilNanos when it must have said who it is
   */
  AcceptedSocket(long untilNanos) {
    this.untilNanos = untilNanos;
  }

  boolean isLate(long now) {
    return now - untilNanos >= 0;
  }

  /**
   * Looks at what has come, and does not wait for more.
   *
   * @throws IOException when it is nobody for us
   */
  boolean hasIntroducedItself() throws IOException {
    if (!hasRead(HEAD)) {
      return false;
    }
    int length = addressLength();
    if (!hasRead(HEAD + length)) {
      return false;
    }
    // JGroups goes by this one, and would wait for what is missing.
    if (said[HEAD] != (length == IPV4 ? 4 : 16)) {
      throw new IOException("it is no agent");
    }
    claimed = readClaimed();
    return true;
  }

  /** Where it says that it listens, once it has introduced itself; null before. For any thread. */
  InetSocketAddress claimed() {
    return claimed;
  }

  private InetSocketAddress readClaimed() throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(said, HEAD, have - HEAD);
    byte[] ip = new byte[rest.get()];
    rest.get(ip);
    int port = ByteBuffer.wrap(said).getShort(HEAD + addressLength() - Short.BYTES) & 0xffff;
    return new InetSocketAddress(InetAddress.getByAddress(ip), port);
  }

  private boolean hasRead(int bytes) throws IOException {
    InputStream in = super.getInputStream();
    int n = Math.min(bytes - have, in.available());
    if (n > 0) {
      have += in.read(said, have, n);
    }
    return have >= bytes;
  }

  private int addressLength() throws IOException {
    int length = (said[6] & 0xff) << 8 | (said[7] & 0xff);
    if (!Arrays.equals(said, 0, 4, Connection.cookie, 0, 4) || (length != IPV4 && length != IPV6)) {
      throw new IOException("it is no agent");
    }
    return length;
  }

  /** From the first byte on. */
  @Override
  public InputStream getInputStream() throws IOException {
    return new SequenceInputStream(new ByteArrayInputStream(said, 0, have), super.getInputStream());
  }
}
