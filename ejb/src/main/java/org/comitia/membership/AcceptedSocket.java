package org.comitia.membership;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.comitia.encryption.PortTls;
import org.comitia.membership.KeyDoubts.Reason;
import org.comitia.membership.TlsStreams.NoCommonKey;
import org.jgroups.blocks.cs.Connection;

/**
 * An accepted connection that proves the cluster's key, if there is one, and then says who it is in
 * JGroups' way: cookie (4 bytes), version (2), length of an address (2), the address. That is read
 * here as it comes, without waiting, and given to JGroups again. The accepting thread's, but for
 * {@link #claimed} and {@link #tls}.
 */
final class AcceptedSocket extends Socket {
  /**
   * An alert of TLS 1.2 and later, fatal, access_denied (RFC 8446, 6): tells who dialled with a key
   * where there is none, or without one where there is one, why this ends.
   */
  private static final byte[] ALERT = {0x15, 3, 3, 0, 2, 2, 49};

  /** {@link #ALERT} to who expects the length of a frame. */
  static final int ALERT_AS_LENGTH = 0x15_03_03_00;

  /** How a handshake begins: type of the record, major version. */
  private static final byte[] TLS = {0x16, 3};

  private static final int COOKIE = 4;
  private static final int HEAD = 8;

  /** Length, ip, port; an IPv6 address has four bytes of scope. */
  private static final int IPV4 = 1 + 4 + 2;

  private static final int IPV6 = 1 + 16 + 4 + 2;

  private final PortTls keys;
  private final byte[] said = new byte[HEAD + IPV6];
  private int have;
  private long untilNanos;

  /** It has a key or not, and the proof is not demanded yet. */
  private boolean plain;

  private volatile TlsStreams tls;
  private volatile InetSocketAddress claimed;

  /**
   * @param keys null: none is proved
   */
  AcceptedSocket(PortTls keys) {
    this.keys = keys;
  }

  /** When it must have said who it is. */
  void mustSayBy(long nanos) {
    untilNanos = nanos;
  }

  boolean isLate(long now) {
    return now - untilNanos >= 0;
  }

  /**
   * Looks at what has come, and does not wait for more. A handshake takes a millisecond or two of
   * it.
   *
   * @throws NoCommonKey when it has another key, or only one of both sides has one
   * @throws IOException when it is nobody for us
   */
  boolean hasIntroducedItself() throws IOException {
    if (keys != null && !plain && !hasProvedTheKey()) {
      return false;
    }
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

  private boolean hasProvedTheKey() throws IOException {
    if (tls == null) {
      if (!hasRead(COOKIE)) {
        return false;
      }
      if (isCookie()) {
        plain = !keys.demand().incoming();
        if (plain) {
          return true;
        }
        throw differs(keys.byCertificates() ? Reason.NO_CERTIFICATE : Reason.NONE_THERE);
      }
      if (!isTls()) {
        throw new IOException("it is no agent");
      }
      byte[] begun = Arrays.copyOf(said, have);
      have = 0;
      tls =
          new TlsStreams(keys, false, this, super.getInputStream(), super.getOutputStream(), begun);
    }
    return tls.prove();
  }

  private boolean isCookie() {
    return Arrays.equals(said, 0, COOKIE, Connection.cookie, 0, COOKIE);
  }

  private boolean isTls() {
    return Arrays.equals(said, 0, TLS.length, TLS, 0, TLS.length);
  }

  private NoCommonKey differs(Reason reason) throws IOException {
    InputStream rest = super.getInputStream();
    rest.skipNBytes(rest.available()); // closed with something unread, TCP may take the alert back
    super.getOutputStream().write(ALERT);
    return new NoCommonKey(reason, null);
  }

  /** Where it says that it listens, once it has introduced itself; null before. For any thread. */
  InetSocketAddress claimed() {
    return claimed;
  }

  /** Null before a handshake, and when none is asked for. For any thread. */
  TlsStreams tls() {
    return tls;
  }

  private InetSocketAddress readClaimed() throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(said, HEAD, have - HEAD);
    byte[] ip = new byte[rest.get()];
    rest.get(ip);
    int port = ByteBuffer.wrap(said).getShort(HEAD + addressLength() - Short.BYTES) & 0xffff;
    return new InetSocketAddress(InetAddress.getByAddress(ip), port);
  }

  private boolean hasRead(int bytes) throws IOException {
    InputStream in = in();
    int n = Math.min(bytes - have, in.available());
    if (n > 0) {
      have += in.read(said, have, n);
    }
    return have >= bytes;
  }

  private int addressLength() throws IOException {
    int length = (said[6] & 0xff) << 8 | (said[7] & 0xff);
    if (keys == null && isTls()) {
      throw differs(Reason.NONE_HERE);
    }
    if (!isCookie() || (length != IPV4 && length != IPV6)) {
      throw new IOException("it is no agent");
    }
    return length;
  }

  private InputStream in() throws IOException {
    return tls == null ? super.getInputStream() : tls.in();
  }

  /** From the first byte on, of TLS from the first one in it. */
  @Override
  public InputStream getInputStream() throws IOException {
    return new SequenceInputStream(new ByteArrayInputStream(said, 0, have), in());
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return tls == null ? super.getOutputStream() : tls.out();
  }
}
