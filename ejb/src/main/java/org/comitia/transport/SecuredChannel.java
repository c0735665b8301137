package org.comitia.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.PortTls;

/**
 * A socket on which both sides prove the cluster's key, or show certificates, before anything else,
 * and encrypt the rest (TLS 1.3, RFC 8446).
 *
 * <p>The handshake is computed a step at a time beside the event loop ({@link Handshakes}); the
 * loop only passes its bytes on. After it, records are made and opened by whoever writes and reads,
 * one at a time, so at most one (16 KiB) is past being overtaken.
 */
final class SecuredChannel implements LinkChannel {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  /** Before the proof; a record of the handshake has some hundred bytes, more with chains. */
  private static final int FIRST_BUFFER = 4 << 10;

  /** All that a handshake may take. */
  private static final int MAX_HANDSHAKE = 16 << 10;

  /** The same with chains of certificates: each may have ten KiB, and names of authorities come. */
  private static final int MAX_WITH_CHAINS = 64 << 10;

  /** No more than what a link has room for: so all whole records of one read find room. */
  private static final int BUFFER = 64 << 10;

  /** A wrap may ask for a larger buffer, or tell of the handshake's end, before it makes one. */
  private static final int ATTEMPTS_AT_A_RECORD = 4;

  /** Of a record: what says how long it is. */
  private static final int RECORD_HEADER = 5;

  /**
   * How often new keys may be asked for without a word in between; answers that are not taken wait
   * here.
   */
  private static final int MAX_DEBTS = 64;

  private final SocketChannel socket;
  private final PortTls tls;
  private final boolean client;
  private final BiConsumer<SecuredChannel, Runnable> aside;

  // The step's while there is one, else the event loop's; all but this flag.
  private boolean inStep;
  private SSLEngine engine;
  private boolean through;
  private boolean server;
  private OtherKeyException failure;

  /** Whether data has come: the other side took this side's proof. Writers may look at it late. */
  private boolean heard;

  // Event loop's thread only.
  private ByteBuffer received = ByteBuffer.allocate(FIRST_BUFFER);
  private int handshakeBytes;
  private boolean speaksTls;
  private boolean undecoded;
  private boolean drained;
  private boolean closedByPeer;
  private int debts;

  // Guarded by the link's lock, once the handshake is through.
  private ByteBuffer sending = NONE;
  private int inRecord;
  private long handed;

  private volatile boolean owes;

  /**
   * @param client whether the connection was made from here
   * @param aside runs a step of the handshake on another thread and then has the link go on, on the
   *     event loop's; until then the link neither reads nor writes
   */
  SecuredChannel(
      SocketChannel socket,
      PortTls tls,
      boolean client,
      BiConsumer<SecuredChannel, Runnable> aside) {
    this.socket = socket;
    this.tls = tls;
    this.client = client;
    this.aside = aside;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    drained = true;
    if (inStep) {
      return 0;
    }
    if (failure != null) {
      throw failure;
    }
    if (closedByPeer) {
      return -1;
    }
    int n = receive();
    if (n < 0) {
      return n;
    }
    if (through) {
      open(into);
      drained &= !undecoded && !closedByPeer;
    } else if (n > 0) {
      if (handshakeBytes == 0) {
        speaksTls = isRecord(received.get(0));
      }
      handshakeBytes += n;
      int most = tls.byCertificates() ? MAX_WITH_CHAINS : MAX_HANDSHAKE;
      if (handshakeBytes > most) {
        throw OtherKeyException.unclear(tls, "its handshake has more than " + most + " bytes");
      }
      begin();
    }
    return n;
  }

  /** What was read from the socket before the first read here. */
  void begun(byte first) {
    received.put(first);
  }

  private int receive() throws IOException {
    if (undecoded) {
      drained = false;
      return 0;
    }
    int room = received.remaining();
    int n;
    try {
      n = socket.read(received);
    } catch (IOException e) {
      throw explained(e);
    }
    if (n < 0 && client && !heard) {
      throw OtherKeyException.ended(tls);
    }
    drained = n < room;
    return n;
  }

  /** Who is there and takes connections, but ends them before a word of its own, refuses us. */
  private IOException explained(IOException e) {
    return client && !heard ? OtherKeyException.ended(tls) : e;
  }

  /** Of any kind that there is (RFC 8446, 5.1). */
  static boolean isRecord(byte kind) {
    return kind >= 0x14 && kind <= 0x17;
  }

  /** The JDK's words are of certificates, which no setting knows. */
  private OtherKeyException inOurWords(SSLException e) {
    if (!speaksTls) {
      return OtherKeyException.onlyHere(tls);
    }
    if (KeyedTls.isRefusal(e) || (tls.byCertificates() && !CertificateTls.refusal(e).isEmpty())) {
      return OtherKeyException.refusedHere(tls, e);
    }
    String alert = KeyedTls.alert(e);
    if (alert.isEmpty()) {
      return OtherKeyException.unclear(tls, "its handshake is none of an agent");
    }
    return alert.contains("certificate")
        ? OtherKeyException.refusedThere(tls)
        : OtherKeyException.unclear(tls, "it ended the handshake");
  }

  /** Opens all whole records that {@code into} has room for. */
  private void open(ByteBuffer into) throws IOException {
    if (received.capacity() < BUFFER) {
      received = ByteBuffer.allocate(BUFFER).put(received.flip());
    }
    int start = into.position();
    received.flip();
    try {
      while (openRecord(into) || (undecoded && into.position() == start && openLong(into))) {
        // The next one.
      }
    } catch (SSLException e) {
      // The other side looks at this side's proof last: only its data says that it took it.
      throw heard ? e : inOurWords(e);
    } finally {
      received.compact();
    }
  }

  /**
   * What TLS says for itself may be longer than what there is room for before the greetings, and
   * leaves nothing: the JDK's ticket has the certificates in it that it was given for.
   */
  private boolean openLong(ByteBuffer into) throws IOException {
    ByteBuffer opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    boolean whole = openRecord(opened);
    if (opened.flip().remaining() > into.remaining()) {
      throw new IOException("a record of more than " + into.remaining() + " bytes came too early");
    }
    into.put(opened);
    return whole;
  }

  private boolean openRecord(ByteBuffer into) throws IOException {
    SSLEngineResult result = engine.unwrap(received, into);
    // Of a record whose length has not come yet, the engine asks for the longest one's room.
    undecoded =
        result.getStatus() == Status.BUFFER_OVERFLOW && received.remaining() >= RECORD_HEADER;
    closedByPeer = result.getStatus() == Status.CLOSED;
    if (result.bytesProduced() > 0) {
      heard = true;
      debts = 0;
    }
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      owe(result);
    }
    return result.getStatus() == Status.OK && result.bytesConsumed() > 0;
  }

  /** Asked to change its key: the answer is sent at once, though there may be nothing to say. */
  private void owe(SSLEngineResult result) throws IOException {
    if (result.bytesConsumed() > 0 && result.bytesProduced() == 0 && ++debts > MAX_DEBTS) {
      throw new IOException("it asked for new keys " + debts + " times without a word");
    }
    owes = true;
  }

  @Override
  public boolean isServer() {
    return server;
  }

  @Override
  public boolean isDrained() {
    return drained;
  }

  @Override
  public boolean isInPart() {
    return !inStep && through && received.position() > 0;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    if (inStep) {
      return 0;
    }
    int n = push();
    if (!through) {
      if (engine == null && client) {
        begin();
      }
      return n;
    }
    while (!isFull() && (takeDebt() || from.hasRemaining())) {
      seal(from);
      n += push();
    }
    return n;
  }

  private boolean takeDebt() {
    if (!owes) {
      return false;
    }
    owes = false; // first: what is asked for from now on sets it again
    boolean more = engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    if (more) {
      owes = true; // one record pays for one of them
    }
    return more;
  }

  /** Hands the socket what it takes of the record that is made. */
  private int push() throws IOException {
    if (!sending.hasRemaining()) {
      return 0;
    }
    int n;
    try {
      n = socket.write(sending);
    } catch (IOException e) {
      throw explained(e);
    }
    if (n > 0) {
      handed += inRecord;
      inRecord = 0;
    }
    return n;
  }

  /** Makes the next record: of data, or one that the engine owes. */
  private void seal(ByteBuffer from) throws SSLException {
    ByteBuffer record = sending.clear();
    sending = NONE; // what a failure leaves in the record may be plain, and must not go out
    for (int attempt = 0; attempt < ATTEMPTS_AT_A_RECORD; attempt++) {
      SSLEngineResult result = engine.wrap(from, record);
      if (result.bytesProduced() > 0) {
        inRecord = result.bytesConsumed();
        sending = record.flip();
        return;
      }
      if (result.getStatus() == Status.BUFFER_OVERFLOW) {
        record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      }
    }
    throw new SSLException("the connection is closed for writing");
  }

  @Override
  public boolean isFull() {
    return !inStep && sending.hasRemaining();
  }

  @Override
  public boolean owes() {
    return owes;
  }

  @Override
  public long handed() {
    return handed;
  }

  @Override
  public boolean isOutdated() {
    return !inStep && through && tls.isOutdated(engine);
  }

  private void begin() {
    inStep = true;
    aside.accept(this, this::step);
  }

  /** Goes on with the handshake as far as the bytes reach that have come. */
  private void step() {
    ByteArrayOutputStream flight = new ByteArrayOutputStream();
    flight.write(sending.array(), sending.position(), sending.remaining());
    received.flip();
    try {
      if (engine == null) {
        engine = tls.engine(client);
        engine.beginHandshake();
      }
      handshake(flight);
    } catch (OtherKeyException e) {
      failure = e;
    } catch (SSLException e) {
      failure = inOurWords(e);
    } finally {
      received.compact();
      sending = ByteBuffer.wrap(flight.toByteArray());
    }
  }

  private void handshake(ByteArrayOutputStream flight) throws OtherKeyException, SSLException {
    Status status = Status.OK;
    while (status == Status.OK) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> KeyedTls.runTasks(engine);
        case NEED_WRAP -> {
          ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
          status = engine.wrap(NONE, record).getStatus();
          flight.write(record.array(), 0, record.position());
        }
        case NEED_UNWRAP -> status = engine.unwrap(received, NONE).getStatus();
        default -> {
          server = tls.isServer(engine.getSession());
          through = true;
          undecoded = true; // data may have come with the handshake's end
          return;
        }
      }
    }
    if (status != Status.BUFFER_UNDERFLOW) {
      throw OtherKeyException.ended(tls);
    }
    if (received.remaining() == received.capacity()) {
      int most = tls.byCertificates() ? engine.getSession().getPacketBufferSize() : FIRST_BUFFER;
      if (received.capacity() >= most) {
        throw OtherKeyException.unclear(
            tls, "its handshake has a record of more than " + most + " bytes");
      }
      received = ByteBuffer.allocate(most).put(received).flip();
    }
  }

  /** The step is done; what it found comes to light in the next read. Event loop's thread. */
  void stepped() {
    inStep = false;
  }

  /**
   * Says goodbye, or why the handshake failed, if the socket takes it at once. Data that is not
   * handed over stays here: its sender may have been told so.
   */
  @Override
  public void close() throws IOException {
    try {
      if (engine != null && !inStep && inRecord == 0) {
        engine.closeOutbound();
        push();
        if (!isFull()) {
          seal(NONE);
          push();
        }
      }
    } catch (IOException | RuntimeException unsaid) {
      // The end of the connection says it as well.
    } finally {
      socket.close();
    }
  }
}
