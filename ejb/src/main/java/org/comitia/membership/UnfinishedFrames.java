package org.comitia.membership;

import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Reads frames whole. The memory for one grows with what comes: its first {@link #FIRST} bytes
 * always have room, each connection reads one frame at a time. What is beyond them is bounded, for
 * members apart from the others: {@link #MAX_OF_MEMBERS}; {@link #MAX_OF_STRANGERS}, {@link
 * #MAX_OF_HOST} of one host. A stranger's frame has {@link #PATIENCE_NANOS} to come from there on,
 * and is counted until its {@link Frame} is closed: when what came in it has been taken in. Safe
 * for any thread.
 */
final class UnfinishedFrames {
  static final int FIRST = 8 << 10;
  static final int MAX_OF_MEMBERS = 64 << 20;
  static final int MAX_OF_STRANGERS = 32 << 20;
  static final int MAX_OF_HOST = 8 << 20;
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The connection that a stranger's frame comes over. */
  interface Line {
    /** Where it really comes from, whatever it says. */
    InetAddress host();

    /**
     * @param millis how long the next read may wait, above 0
     */
    void patience(int millis) throws IOException;

    /** What {@link #patience} said counts no more. */
    void rest();
  }

  /** A frame that is not read to its end; its connection must be closed. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  /** A frame that is there whole; counted until it is closed. One thread's at a time. */
  final class Frame implements AutoCloseable {
    final byte[] bytes;
    private InetAddress host;
    private int held;

    /**
     * @param host null: a member's, or a short one
     * @param held bytes that are counted already
     */
    private Frame(byte[] bytes, InetAddress host, int held) {
      this.bytes = bytes;
      this.host = host;
      this.held = held;
    }

    /**
     * Counts more for it: what is made of it, and itself, if it has not been counted for its host.
     *
     * @param from where a stranger's frame comes from
     * @throws Refused when there is no room
     */
    void keep(InetAddress from, int more) throws Refused {
      if (host == null) {
        close();
        host = from;
        more += bytes.length;
      }
      hold(host, more);
      held += more;
    }

    @Override
    public void close() {
      release(host, held);
      held = 0;
    }
  }

  private static final String LATE = "it takes too long";

  private final LongSupplier clock;
  private final AtomicLong bytes = new AtomicLong();
  private final Map<InetAddress, Integer> ofHost = new HashMap<>();
  private int ofStrangers;
  private int ofMembers;

  /**
   * @param clock nanoseconds
   */
  UnfinishedFrames(LongSupplier clock) {
    this.clock = clock;
  }

  /** Bytes held now. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Blocks until the frame is there. It must be closed.
   *
   * @param in from a stranger an {@link InputStream}
   * @param line asked for only when the frame is a longer one; says null for a member
   * @throws Refused when there is no room for it, or it takes too long
   * @throws IOException when its connection ends
   */
  Frame read(DataInput in, int length, Supplier<Line> line) throws IOException {
    byte[] first = new byte[Math.min(length, FIRST)];
    bytes.addAndGet(first.length);
    try {
      in.readFully(first, 0, first.length);
      return first.length == length
          ? new Frame(first, null, 0)
          : readRest(in, first, length, line.get());
    } finally {
      bytes.addAndGet(-first.length);
    }
  }

  private Frame readRest(DataInput in, byte[] first, int length, Line line) throws IOException {
    InetAddress host = line == null ? null : line.host();
    long end = clock.getAsLong() + PATIENCE_NANOS;
    byte[] frame = first;
    int held = 0;
    boolean whole = false;
    try {
      while (frame.length < length) {
        int have = frame.length;
        int more = Math.min(length, 2 * have) - have;
        hold(host, more);
        held += more;
        frame = Arrays.copyOf(frame, have + more);
        if (line == null) {
          in.readFully(frame, have, more);
        } else {
          readUntil(end, line, (InputStream) in, frame, have);
        }
      }
      whole = true;
      return new Frame(frame, host, held);
    } finally {
      release(host, whole ? 0 : held);
      if (line != null) {
        line.rest();
      }
    }
  }

  private void readUntil(long end, Line line, InputStream in, byte[] frame, int from)
      throws IOException {
    for (int have = from; have < frame.length; ) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - clock.getAsLong());
      if (left <= 0) {
        throw new Refused(LATE);
      }
      line.patience((int) left);
      try {
        int n = in.read(frame, have, frame.length - have);
        if (n < 0) {
          throw new EOFException();
        }
        have += n;
      } catch (SocketTimeoutException e) {
        throw new Refused(LATE);
      }
    }
  }

  /**
   * @param host null: a member's
   */
  private synchronized void hold(InetAddress host, int more) throws Refused {
    int own = host == null ? 0 : ofHost.getOrDefault(host, 0);
    boolean room =
        host == null
            ? ofMembers + more <= MAX_OF_MEMBERS
            : ofStrangers + more <= MAX_OF_STRANGERS && own + more <= MAX_OF_HOST;
    if (!room) {
      throw new Refused("no room for it");
    }
    add(host, more);
  }

  private synchronized void release(InetAddress host, int held) {
    add(host, -held);
  }

  private void add(InetAddress host, int change) {
    if (change == 0) {
      return;
    }
    bytes.addAndGet(change);
    if (host == null) {
      ofMembers += change;
    } else {
      ofStrangers += change;
      ofHost.merge(host, change, (a, b) -> a + b == 0 ? null : a + b);
    }
  }
}
