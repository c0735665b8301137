package org.comitia.membership;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.PortTls;
import org.comitia.membership.KeyDoubts.Reason;

/**
 * TLS over the streams of a connected socket; both sides prove the key, or show certificates,
 * before anything is read. First {@link #prove}, by one thread. Then one thread reads and others
 * write, and nobody waits for the other: closing the socket, by any thread, ends all of them. TLS'
 * own goodbye is not said, since who takes nothing would hold it up; JGroups says one of its own.
 *
 * <p>It takes 8 KiB before the proof, with chains of certificates up to 17, some 50 KiB after it.
 */
final class TlsStreams {
  /** Bytes that are taken from who has not proved the key. */
  static final int MAX_UNPROVED = 8 << 10;

  /** The same where chains of certificates are shown. */
  private static final int MAX_WITH_CHAINS = 64 << 10;

  /** What the accepting side says first: in TLS 1.3 the other one is done before it is believed. */
  private static final int WELCOME = 1;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** With another key. */
  private static final Set<String> OF_CERTIFICATES =
      Set.of("bad_certificate", "certificate_unknown", "certificate_required");

  /** The other side has another key, or only one of both has one, and that is certain. */
  static final class NoCommonKey extends IOException {
    private static final long serialVersionUID = 1;
    private final Reason reason;
    private final String detail;

    NoCommonKey(Reason reason, Throwable cause) {
      this(reason, "", cause);
    }

    /**
     * @param detail what there is to say beside the reason; ""
     */
    NoCommonKey(Reason reason, String detail, Throwable cause) {
      super(detail.isEmpty() ? reason.text() : reason.text() + ": " + detail, cause);
      this.reason = reason;
      this.detail = detail;
    }

    String detail() {
      return detail;
    }

    Reason reason() {
      return reason;
    }
  }

  private final SSLEngine engine;
  private final boolean byCertificates;
  private final Socket socket;
  private final InputStream rawIn;
  private final OutputStream rawOut;
  private final Object writing = new Object();

  private final InputStream in = new Opened();
  private final OutputStream out = new Sealed();

  // The reading thread's; to be read from.
  private ByteBuffer came = ByteBuffer.allocate(MAX_UNPROVED).limit(0);
  private ByteBuffer plain = ByteBuffer.allocate(0);
  private int unproved;
  private volatile boolean proved;
  private boolean ended;

  /** Whose thread holds {@link #writing}. */
  private ByteBuffer record;

  /** When the write that is under way began; 0 for none. */
  private volatile long writingSinceNanos;

  /**
   * @param tls what both sides prove
   * @param client whether this side has dialled
   * @param socket is closed with these streams, and its timeout is theirs
   * @param rawIn what comes over it
   * @param rawOut what goes over it
   * @param begun what has come already
   */
  TlsStreams(
      PortTls tls,
      boolean client,
      Socket socket,
      InputStream rawIn,
      OutputStream rawOut,
      byte[] begun)
      throws IOException {
    this.engine = tls.engine(client);
    this.byCertificates = tls.byCertificates();
    this.socket = socket;
    this.rawIn = rawIn;
    this.rawOut = rawOut;
    came.compact().put(begun).flip();
    unproved = begun.length;
    engine.beginHandshake();
  }

  /**
   * Goes on with the handshake as far as what has come allows; waits for nothing.
   *
   * @return whether both sides have proved the key
   * @throws NoCommonKey when that is impossible, by what the other side has shown or told
   * @throws IOException when it is, for whatever else
   */
  boolean prove() throws IOException {
    try {
      proved = proved || (isShaken() && isWelcome());
      return proved;
    } catch (SSLException e) {
      sayWhy();
      Reason reason = byCertificates ? ofCertificates(e) : reason(e);
      String detail = reason == Reason.CERTIFICATE_HERE ? CertificateTls.refusal(e) : "";
      throw reason == null ? e : new NoCommonKey(reason, detail, e);
    }
  }

  /** Null for what has nothing to do with certificates. */
  private static Reason ofCertificates(SSLException failure) {
    if (!CertificateTls.refusal(failure).isEmpty()) {
      return Reason.CERTIFICATE_HERE;
    }
    String alert = KeyedTls.alert(failure);
    return alert.equals("access_denied")
        ? Reason.NO_CERTIFICATE
        : alert.contains("certificate") ? Reason.CERTIFICATE_THERE : null;
  }

  /** Null for what has nothing to do with keys. */
  private static Reason reason(SSLException failure) {
    if (KeyedTls.isRefusal(failure)) {
      return Reason.ANOTHER;
    }
    String alert = KeyedTls.alert(failure);
    // Who has no key answers by AcceptedSocket's.
    return alert.equals("access_denied")
        ? Reason.NONE_THERE
        : OF_CERTIFICATES.contains(alert) ? Reason.ANOTHER : null;
  }

  /**
   * The same, and waits.
   *
   * @throws SocketTimeoutException when the time is up
   * @throws EOFException when the other side hangs up
   */
  void prove(long untilNanos) throws IOException {
    while (!prove()) {
      long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("no proof of the key in time");
      }
      socket.setSoTimeout((int) left);
      take(true);
    }
    socket.setSoTimeout(0);
  }

  private boolean isShaken() throws IOException {
    while (true) {
      HandshakeStatus status = engine.getHandshakeStatus();
      switch (status) {
        case NEED_TASK -> runTasks(status);
        case NEED_WRAP -> say();
        case NOT_HANDSHAKING, FINISHED -> {
          return true;
        }
        default -> {
          if (!next()) {
            return false;
          }
        }
      }
    }
  }

  private boolean isWelcome() throws IOException {
    if (plain.capacity() == 0) {
      plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
    }
    if (!engine.getUseClientMode()) {
      out.write(WELCOME);
      return true;
    }
    while (!plain.hasRemaining()) {
      if (!next()) {
        return false;
      }
    }
    if (plain.get() != WELCOME) {
      throw new SSLException("it does not say that it is content");
    }
    return true;
  }

  /** One record of what has come; false when none is there whole, or there are no more. */
  private boolean next() throws IOException {
    while (!ended) {
      plain.clear();
      SSLEngineResult result;
      try {
        result = engine.unwrap(came, plain);
      } finally {
        plain.flip();
      }
      runTasks(result.getHandshakeStatus());
      switch (result.getStatus()) {
        case OK -> {
          return true;
        }
        case CLOSED -> ended = true;
        case BUFFER_UNDERFLOW -> {
          if (!take(false)) {
            return false;
          }
        }
        default -> throw new SSLException("a record that is too long");
      }
    }
    if (!proved) {
      throw new EOFException();
    }
    return false;
  }

  /** Takes what has come from the socket; whether there was something. */
  private boolean take(boolean wait) throws IOException {
    if (came.remaining() == came.capacity()) {
      grow();
    }
    int room = came.capacity() - came.remaining();
    int most = wait ? room : Math.min(room, rawIn.available());
    if (most == 0) {
      return false;
    }
    came.compact();
    int n;
    try {
      n = rawIn.read(came.array(), came.position(), most);
      came.position(came.position() + Math.max(0, n));
    } finally {
      came.flip();
    }
    ended = n < 0;
    if (!proved && ended) {
      throw new EOFException();
    }
    unproved += proved ? 0 : n;
    if (unproved > (byCertificates ? MAX_WITH_CHAINS : MAX_UNPROVED)) {
      throw new SSLException("too much before the proof of the key");
    }
    return !ended;
  }

  private void grow() throws SSLException {
    int most = engine.getSession().getPacketBufferSize();
    if (!(proved || byCertificates) || came.capacity() >= most) {
      throw new SSLException("a record that is too long");
    }
    came = ByteBuffer.allocate(most).put(came).flip();
  }

  private void runTasks(HandshakeStatus status) {
    if (status == HandshakeStatus.NEED_TASK) {
      KeyedTls.runTasks(engine);
    }
  }

  private void write(ByteBuffer data) throws IOException {
    synchronized (writing) {
      if (record == null) {
        record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      }
      while (data.hasRemaining()) { // what the engine has to say goes first, and takes none of it
        SSLEngineResult result = engine.wrap(data, record.clear());
        put(record.array(), record.position());
        runTasks(result.getHandshakeStatus());
        if (result.getStatus() != Status.OK) {
          throw new EOFException("TLS has ended");
        }
      }
    }
  }

  /** What the handshake has to say, at once: one record after the other would wait for answers. */
  private void say() throws IOException {
    synchronized (writing) {
      ByteBuffer one = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      SSLEngineResult result;
      do {
        result = engine.wrap(NOTHING, one.clear());
        all.write(one.array(), 0, one.position());
        runTasks(result.getHandshakeStatus());
      } while (result.getStatus() == Status.OK
          && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
      put(all.toByteArray(), all.size());
      if (result.getStatus() != Status.OK) {
        throw new EOFException("TLS has ended");
      }
    }
  }

  private void put(byte[] bytes, int length) throws IOException {
    writingSinceNanos = System.nanoTime() | 1;
    try {
      rawOut.write(bytes, 0, length);
    } finally {
      writingSinceNanos = 0;
    }
  }

  /** The alert that tells the other side why. */
  private void sayWhy() {
    try {
      say();
    } catch (IOException gone) {
      // Nobody is there to be told.
    }
  }

  /** Whether a write has been under way for longer than that. For any thread. */
  boolean isStuck(long limitNanos) {
    long since = writingSinceNanos;
    return since != 0 && System.nanoTime() - since > limitNanos;
  }

  /** Whether it is to end, since its key was taken out of the cluster's. For any thread. */
  boolean isOutdated(PortTls keys) {
    return proved && keys.isOutdated(engine);
  }

  /** What comes after the proof. */
  InputStream in() {
    return in;
  }

  /** What is sent after the proof. */
  OutputStream out() {
    return out;
  }

  private final class Opened extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      long start = System.nanoTime();
      for (boolean first = true; available() == 0; first = false) {
        if (!first) {
          hurry(start);
        }
        if (ended || !take(true)) {
          return -1;
        }
      }
      int n = Math.min(length, plain.remaining());
      plain.get(to, offset, n);
      return n;
    }

    /** A record may come byte by byte, each in time. */
    private void hurry(long start) throws IOException {
      int millis = socket.getSoTimeout();
      if (millis > 0 && System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(millis)) {
        throw new SocketTimeoutException("a record takes too long");
      }
    }

    @Override
    public int available() throws IOException {
      while (!plain.hasRemaining() && next()) {
        // A record may hold nothing for us.
      }
      return plain.remaining();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private final class Sealed extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      TlsStreams.this.write(ByteBuffer.wrap(from, offset, length));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
