package org.comitia.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One connection. Frames are queued by any thread and, while the socket takes them, written by that
 * same thread without blocking: no hand-over to a writer thread on the fast path. What the socket
 * does not take is left to the event loop. Whoever finds the queue being written only adds to it,
 * so frames gather by themselves under load. Reading is the event loop's alone.
 */
final class Link {
  enum State {
    CONNECTING,
    GREETING,
    OPEN,
    CLOSED
  }

  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  /** Callbacks, all on the event loop's thread and outside the link's lock. */
  interface Owner {
    /** A whole frame, from its kind on. @throws IOException when the link must be closed for it */
    void onFrame(Link link, byte[] frame) throws IOException;

    /** After the socket was closed. */
    void onClosed(Link link, boolean wasOpen, String reason);
  }

  private record Queued(byte[] frame, OpenRequest request) {}

  private static final int BUFFER = 64 << 10;

  /** Until the greetings are through: room for one, and for a record of TLS's own. */
  private static final int FIRST_BUFFER = 2 << 10;

  private static final int RESERVED_AHEAD = 1 << 20;

  /** Reads in one turn, so that one busy peer does not hold up the others. */
  private static final int READS_IN_A_TURN = 16;

  final boolean outgoing;
  final long createdNanos;
  private final EventLoop loop;
  private final Owner owner;
  private final TransportOptions.Limits limits;

  // Event loop's thread only.
  private ByteBuffer in = ByteBuffer.allocate(FIRST_BUFFER);
  private final FrameReader frames;
  private boolean inFrame;
  private long frameSinceNanos;
  private boolean pinging;
  private long pingedNanos;
  private boolean ended;

  /** When its key was looked at last. */
  long lookedNanos;

  /** Since when another link has its place; 0 while none has. */
  long retiredNanos;

  /** Requests of the other side that are being answered, and those of them that may wait. */
  final AtomicInteger answering = new AtomicInteger();

  final AtomicInteger waiting = new AtomicInteger();

  /** The answers that are being worked at; cancelled when the connection ends. */
  final Set<CompletableFuture<byte[]>> inWork = ConcurrentHashMap.newKeySet();

  /** Whose connection was accepted; null when it was made from here. */
  InetAddress acceptedFrom;

  // Guarded by this.
  private final ArrayDeque<Queued> urgent = new ArrayDeque<>();
  private final ArrayDeque<Queued> bulk = new ArrayDeque<>();
  private ByteBuffer out = ByteBuffer.allocate(FIRST_BUFFER);
  private State state;
  private boolean wasOpen;
  private String reason;
  private Queued current;
  private int currentOffset;
  private int queuedBytes;
  private boolean blocked;
  private long staged;

  private volatile String remote;
  private volatile long heardNanos;
  private volatile long wroteNanos;
  private volatile boolean otherKey;
  volatile LinkChannel channel;
  volatile SelectionKey key;

  Link(
      EventLoop loop,
      Owner owner,
      boolean outgoing,
      String remote,
      TransportOptions.Limits limits,
      UnfinishedBytes unfinished,
      long now) {
    this.loop = loop;
    this.owner = owner;
    this.outgoing = outgoing;
    this.remote = remote;
    this.limits = limits;
    this.frames = new FrameReader(unfinished);
    this.createdNanos = now;
    this.lookedNanos = now;
    this.heardNanos = now;
    this.wroteNanos = now;
    this.state = outgoing ? State.CONNECTING : State.GREETING;
  }

  /** The address that this link was made for, or that the other side advertised. */
  String remote() {
    return remote;
  }

  synchronized State state() {
    return state;
  }

  /**
   * Queues a frame and writes what the socket takes. Never blocks.
   *
   * @param ahead whether it overtakes what is not ahead
   */
  synchronized Offer offer(byte[] frame, OpenRequest request, boolean ahead) {
    if (state == State.CLOSED) {
      return Offer.CLOSED;
    }
    // A queue full of bulk still takes votes and heartbeats.
    if ((long) queuedBytes + frame.length
        > (long) limits.queueBytes + (ahead ? RESERVED_AHEAD : 0)) {
      return Offer.FULL;
    }
    queuedBytes += frame.length;
    (ahead ? urgent : bulk).add(new Queued(frame, request));
    if (state == State.OPEN) {
      flush();
    }
    return Offer.TAKEN;
  }

  /** Sends the greeting, behind the handshake, ahead of all that waits. Event loop's thread. */
  synchronized void greet(byte[] greeting) {
    if (state == State.CLOSED) {
      return;
    }
    out.put(greeting);
    staged += greeting.length;
    state = State.GREETING;
    flush();
  }

  /** The greetings are through: what waits may go. Event loop's thread, while frames are read. */
  synchronized void open(String advertised) {
    if (state != State.CLOSED) {
      if (!outgoing) {
        remote = advertised;
      }
      // Not before: an attempt to connect, or a stranger, costs no more than its greeting.
      in = ByteBuffer.allocateDirect(BUFFER).put(in).flip();
      out = ByteBuffer.allocateDirect(BUFFER).put(out.flip());
      state = State.OPEN;
      wasOpen = true;
      flush();
    }
  }

  /** The socket takes bytes again. Event loop's thread. */
  synchronized void writable() {
    blocked = false;
    if (state != State.CLOSED) {
      flush();
    }
  }

  /** The handshake has gone a step further. Event loop's thread. */
  void resume() {
    if (state() != State.CLOSED) {
      writable();
      readable();
    }
  }

  /**
   * Takes a request back that waits in the queue.
   *
   * @return whether surely no byte of it was handed to the socket, nor will be
   */
  synchronized boolean takeBack(OpenRequest request) {
    if (request.startsAt >= 0) {
      return state == State.CLOSED && channel.handed() <= request.startsAt;
    }
    request.cancelled = true;
    return true;
  }

  /** Why it failed; {@code otherwise} when it did not. */
  synchronized String failure(String otherwise) {
    return reason == null ? otherwise : reason;
  }

  /** Whether it failed because one side does not have the key that the other one has. */
  boolean otherKey() {
    return otherKey;
  }

  private void fail(IOException e) {
    if (e instanceof OtherKeyException) {
      otherKey = true;
    }
    fail(text(e));
  }

  /** Closes the link, at once for its users, soon after for the socket. Any thread. */
  void fail(String why) {
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      reason = why;
    }
    loop.execute(this::end);
  }

  /** Closes the socket and tells the owner, once. Event loop's thread. */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    frames.close();
    boolean opened;
    String why;
    synchronized (this) {
      state = State.CLOSED;
      opened = wasOpen;
      why = reason == null ? "the transport was closed" : reason;
      if (key != null) {
        key.cancel();
      }
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException ignored) {
          // There is nothing left to lose on it.
        }
      }
    }
    owner.onClosed(this, opened, why);
  }

  /** Frames without a request that were never handed over whole. Only after the end. */
  synchronized int abandon() {
    long frames = urgent.stream().filter(q -> q.request == null).count();
    frames += bulk.stream().filter(q -> q.request == null).count();
    urgent.clear();
    bulk.clear();
    current = null;
    queuedBytes = 0;
    return (int) frames;
  }

  private void flush() {
    if (blocked || channel == null) {
      return;
    }
    try {
      while (fill() || channel.owes() || channel.isFull()) {
        out.flip();
        int n;
        try {
          n = channel.write(out);
        } finally {
          out.compact();
        }
        if (n > 0) {
          wroteNanos = System.nanoTime();
        }
        if (channel.isFull()) {
          blocked = true;
          loop.wantWrite(this);
          return;
        }
        if (out.position() > 0) {
          return; // The handshake must get through first.
        }
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      // What has been made of the bytes is not known any more.
      fail("a failure in here: " + e);
      throw e;
    }
  }

  /**
   * Moves queued frames into the buffer of bytes to write; false when there is nothing to write.
   */
  private boolean fill() {
    boolean mayStart = state == State.OPEN;
    while (out.hasRemaining()) {
      if (current == null && (!mayStart || !next())) {
        break;
      }
      int n = Math.min(out.remaining(), current.frame.length - currentOffset);
      out.put(current.frame, currentOffset, n);
      currentOffset += n;
      staged += n;
      if (currentOffset == current.frame.length) {
        queuedBytes -= current.frame.length;
        current = null;
      }
    }
    return out.position() > 0;
  }

  private boolean next() {
    while (true) {
      Queued candidate = urgent.isEmpty() ? bulk.poll() : urgent.poll();
      if (candidate == null) {
        return false;
      }
      if (candidate.request != null) {
        if (candidate.request.cancelled) {
          queuedBytes -= candidate.frame.length;
          continue;
        }
        candidate.request.startsAt = staged;
      }
      current = candidate;
      currentOffset = 0;
      return true;
    }
  }

  /** Reads what is there and hands out whole frames. Event loop's thread. */
  void readable() {
    try {
      for (int turn = 0; turn < READS_IN_A_TURN; turn++) {
        int n = channel.read(in);
        if (channel.owes()) {
          writable();
        }
        if (n < 0) {
          fail("connection closed by " + remote);
          return;
        }
        if (n > 0) {
          heardNanos = System.nanoTime();
          pinging = false;
        }
        in.flip();
        takeFrames();
        in.compact();
        if (channel.isDrained()) {
          return;
        }
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void takeFrames() throws IOException {
    boolean whole = false;
    while (state() != State.CLOSED) {
      int limit = state() == State.OPEN ? limits.frameBytes : Frames.MAX_GREETING;
      byte[] frame = frames.read(in, limit);
      if (frame == null) {
        boolean begun = frames.isInFrame() || in.hasRemaining() || channel.isInPart();
        if (begun && (whole || !inFrame)) {
          frameSinceNanos = heardNanos;
        }
        inFrame = begun;
        return;
      }
      whole = true;
      owner.onFrame(this, frame);
    }
  }

  /**
   * Closes what is stuck. The side that made the connection pings when what it wrote is not
   * followed by any sign of life, and gives up when the ping is not: a connection whose far end is
   * gone without a word would otherwise sit out the kernel's retransmissions. It also pings now and
   * then when there is nothing to say, for the side that accepted it takes silence for the end.
   * Event loop's thread.
   */
  void checkLife(long now) {
    if (state() != State.OPEN) {
      return;
    }
    if (inFrame && now - frameSinceNanos > limits.frame.toNanos()) {
      fail("a frame of " + remote + " did not come whole within " + limits.frame);
    } else if (outgoing) {
      ping(now, limits.silence.toNanos());
    } else if (now - heardNanos > limits.idle.toNanos()) {
      fail(remote + " has been silent for " + limits.idle);
    } else if (isBlocked() && now - wroteNanos > 3 * limits.silence.toNanos()) {
      fail(remote + " does not take its answers");
    }
  }

  private void ping(long now, long silenceNanos) {
    boolean unheard = wroteNanos - heardNanos > 0;
    if (pinging && unheard) {
      if (now - pingedNanos > silenceNanos) {
        fail("no sign of life from " + remote);
      }
      return;
    }
    long pause = unheard ? silenceNanos / 3 : limits.idle.toNanos() / 4;
    if (now - heardNanos > pause) {
      pinging = true;
      pingedNanos = now;
      offer(Frames.empty(Frames.PING), null, true);
    }
  }

  /** Whether all that was handed in was written. */
  synchronized boolean isDone() {
    return !blocked && queuedBytes == 0 && out.position() == 0;
  }

  private synchronized boolean isBlocked() {
    return blocked;
  }

  static String text(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
