package org.comitia.web.snapshot;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.comitia.cluster.Cluster;
import org.comitia.web.http.Call;
import org.comitia.web.http.RequestLog;

/**
 * One client that takes a snapshot. The bytes that follow are made when it has taken those before,
 * by the container's thread that tells so. A client that takes little is cut off: the container's
 * own limit begins anew with each byte that is taken. Liberty may hold that thread in a write until
 * the client takes it or is gone; the place and the version are free before that.
 */
final class SnapshotStream implements WriteListener {
  /** Bytes a second on average that a client takes at least, once its first time is over. */
  static final long LEAST_PACE = 64 << 10;

  private static final long FIRST_MILLIS = 30_000;

  private final Call call;
  private final AsyncContext async;
  private final Consumer<SnapshotStream> onEnd;
  private final LongSupplier clock;
  private final long begunNanos;
  private volatile long taken;

  /** Null when it is over: the container may keep its listener until the client is gone. */
  private volatile Cluster.SnapshotAnswer answer;

  private byte[] next;
  private ServletOutputStream out;

  /** Not under the lock, which is held while the container writes, and that may take long. */
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * @param answer with a snapshot
   * @param first of its bytes
   * @param onEnd called once, however it ends
   * @param clock as {@link System#nanoTime}
   */
  SnapshotStream(
      Call call,
      Cluster.SnapshotAnswer answer,
      byte[] first,
      AsyncContext async,
      Consumer<SnapshotStream> onEnd,
      LongSupplier clock) {
    this.call = call;
    this.answer = answer;
    this.next = first;
    this.async = async;
    this.onEnd = onEnd;
    this.clock = clock;
    this.begunNanos = clock.getAsLong();
  }

  /** Begins to send; returns at once. */
  void begin(HttpServletResponse response) {
    Cluster.SnapshotAnswer begun = answer;
    if (begun == null) {
      return;
    }
    try {
      response.setStatus(200);
      response.setContentType("application/x-gzip");
      response.setHeader("X-Consul-Index", Long.toString(Math.max(1, begun.snapshot().index())));
      response.setHeader("X-Consul-KnownLeader", Boolean.toString(begun.knownLeader()));
      response.setHeader("X-Consul-LastContact", Long.toString(begun.lastContactMillis()));
      out = response.getOutputStream();
      out.setWriteListener(this);
    } catch (IOException | RuntimeException | Error ended) {
      onError(ended); // the client or the container was first
    }
  }

  @Override
  public void onWritePossible() {
    try {
      if (write()) {
        finish();
      }
    } catch (IOException | RuntimeException | Error gone) {
      onError(gone);
    }
  }

  /** Whether all is written, which is told once. */
  private synchronized boolean write() throws IOException {
    while (!over.get() && out.isReady()) {
      if (next == null) {
        return isFirstEnd();
      }
      byte[] piece = next;
      next = made();
      out.write(piece);
      taken = taken + piece.length; // this thread has the lock; others only read
    }
    return false;
  }

  /**
   * The first bytes are on their way, so that an error cannot be told any more: the archive is cut
   * off, and whoever reads it finds no end.
   */
  private byte[] made() {
    Cluster.SnapshotAnswer left = answer;
    if (left == null) {
      return null; // cut off meanwhile
    }
    try {
      return left.snapshot().next();
    } catch (RuntimeException | Error e) {
      RequestLog.unexpected("COM4043: a snapshot was cut off: url=" + call.url(), e);
      throw e;
    }
  }

  /** How long ago it was begun. */
  long ageNanos() {
    return clock.getAsLong() - begunNanos;
  }

  /** Cuts it off when its client has taken too little so far. */
  void requirePace() {
    long millis = TimeUnit.NANOSECONDS.toMillis(ageNanos());
    if (millis > FIRST_MILLIS && taken < LEAST_PACE * millis / 1_000) {
      cutOff(
          "its client took %d bytes in %d s, less than %d bytes a second"
              .formatted(taken, millis / 1_000, LEAST_PACE));
    }
  }

  /** Makes room; returns at once. */
  void cutOff(String why) {
    if (isFirstEnd()) {
      RequestLog.error(call, "COM4043: a snapshot was cut off: " + why);
      finish();
    }
  }

  /** The agent stops, and waits for no client. */
  void end() {
    onError(new IOException("the agent stops"));
  }

  @Override
  public void onError(Throwable problem) {
    if (isFirstEnd()) {
      RequestLog.gone(call, problem);
      finish();
    }
  }

  private boolean isFirstEnd() {
    boolean first = over.compareAndSet(false, true);
    answer = null;
    return first;
  }

  /** Without the lock: the container has its own, and calls with it. */
  private void finish() {
    onEnd.accept(this);
    try {
      async.complete();
    } catch (IllegalStateException ended) {
      // by the container
    }
  }
}
