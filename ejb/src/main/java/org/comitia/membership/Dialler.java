package org.comitia.membership;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import org.jgroups.PhysicalAddress;

/**
 * Sends to hosts to which there is no connection yet. Dialling takes up to 2 s each, and the thread
 * that sends to all others must not wait for it. What is too much is dropped: whatever is sent here
 * is sent again. Threads are there only as long as there is a host to dial. Safe for any thread.
 */
final class Dialler implements AutoCloseable {
  /** Dials, if need be, and sends; may block. */
  interface Line {
    void send(PhysicalAddress host, byte[] frame) throws Exception;
  }

  /** Hosts that are dialled or wait for it. */
  static final int MAX_HOSTS = 128;

  /** Frames that wait for one host. */
  static final int MAX_FRAMES = 16;

  /** Bytes that wait. */
  static final int MAX_BYTES = 16 << 20;

  static final int THREADS = 2;

  private final Line line;
  private final ThreadFactory factory;
  private final Map<PhysicalAddress, Deque<byte[]>> frames = new HashMap<>();
  private final Deque<PhysicalAddress> hosts = new ArrayDeque<>();
  private int bytes;
  private int threads;
  private boolean closed;

  Dialler(Line line, ThreadFactory factory) {
    this.line = line;
    this.factory = factory;
  }

  /** Returns at once. The bytes are the caller's again after it. */
  synchronized void send(PhysicalAddress host, byte[] from, int offset, int length) {
    startThread(); // there may have been none for the frames that wait
    Deque<byte[]> waiting = frames.get(host);
    if (closed
        || bytes + length > MAX_BYTES
        || (waiting == null ? frames.size() >= MAX_HOSTS : waiting.size() >= MAX_FRAMES)) {
      return;
    }
    if (waiting == null) {
      waiting = new ArrayDeque<>();
      frames.put(host, waiting);
      hosts.add(host);
    }
    waiting.add(Arrays.copyOfRange(from, offset, offset + length));
    bytes += length;
    startThread();
  }

  private void startThread() {
    if (threads < THREADS && !hosts.isEmpty()) {
      Thread thread = factory.newThread(this::run);
      // A container gives none while it stops.
      if (thread != null) {
        start(thread);
      }
    }
  }

  private void start(Thread thread) {
    try {
      thread.start();
      threads++; // it counts itself out under this lock
    } catch (OutOfMemoryError none) {
      // The system gives no thread now: the next frame asks for one again.
    }
  }

  private void run() {
    for (PhysicalAddress host = nextHost(); host != null; host = nextHost()) {
      try {
        for (byte[] frame = nextFrame(host); frame != null; frame = nextFrame(host)) {
          line.send(host, frame);
        }
      } catch (Exception | Error unreachable) { // out of memory: the next hosts are dialled anyway
        drop(host);
      }
    }
  }

  private synchronized PhysicalAddress nextHost() {
    PhysicalAddress host = hosts.poll();
    if (host == null) {
      threads--;
    }
    return host;
  }

  /** Null when there is none; what comes after that is for a host to be dialled anew. */
  private synchronized byte[] nextFrame(PhysicalAddress host) {
    Deque<byte[]> waiting = frames.get(host);
    byte[] frame = waiting == null ? null : waiting.poll();
    if (frame == null) {
      frames.remove(host);
    } else {
      bytes -= frame.length;
    }
    return frame;
  }

  private synchronized void drop(PhysicalAddress host) {
    Deque<byte[]> waiting = frames.remove(host);
    if (waiting != null) {
      waiting.forEach(frame -> bytes -= frame.length);
    }
  }

  /** Nothing is dialled any more; a thread that dials ends when that has ended. */
  @Override
  public synchronized void close() {
    closed = true;
    hosts.clear();
    frames.clear();
    bytes = 0;
  }
}
