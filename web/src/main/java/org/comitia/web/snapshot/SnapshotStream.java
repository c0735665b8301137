package org.comitia.web.snapshot;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Consumer;
import org.comitia.cluster.Cluster;
import org.comitia.web.http.Call;
import org.comitia.web.http.RequestLog;

/**
 * One client that takes a snapshot. The bytes that follow are made when it has taken those before,
 * by the container's thread that tells so; no thread is held by a client that takes nothing.
 */
final class SnapshotStream implements WriteListener {
  private final Call call;
  private final Cluster.SnapshotAnswer answer;
  private final AsyncContext async;
  private final Consumer<SnapshotStream> onEnd;
  private byte[] next;
  private ServletOutputStream out;
  private boolean over;

  /**
   * @param answer with a snapshot
   * @param first of its bytes
   * @param onEnd called once, however it ends
   */
  SnapshotStream(
      Call call,
      Cluster.SnapshotAnswer answer,
      byte[] first,
      AsyncContext async,
      Consumer<SnapshotStream> onEnd) {
    this.call = call;
    this.answer = answer;
    this.next = first;
    this.async = async;
    this.onEnd = onEnd;
  }

  /** Begins to send; returns at once. */
  void begin(HttpServletResponse response) {
    try {
      response.setStatus(200);
      response.setContentType("application/x-gzip");
      response.setHeader("X-Consul-Index", Long.toString(Math.max(1, answer.snapshot().index())));
      response.setHeader("X-Consul-KnownLeader", Boolean.toString(answer.knownLeader()));
      response.setHeader("X-Consul-LastContact", Long.toString(answer.lastContactMillis()));
      out = response.getOutputStream();
      out.setWriteListener(this);
    } catch (IOException | RuntimeException | Error ended) {
      onError(ended); // the client or the container was first
    }
  }

  @Override
  public void onWritePossible() {
    try {
      write();
    } catch (IOException | RuntimeException | Error gone) {
      onError(gone);
    }
  }

  private synchronized void write() throws IOException {
    while (!over && out.isReady()) {
      if (next == null) {
        end();
        return;
      }
      byte[] piece = next;
      next = made();
      out.write(piece);
    }
  }

  /**
   * The first bytes are on their way, so that an error cannot be told any more: the archive is cut
   * off, and whoever reads it finds no end.
   */
  private byte[] made() {
    try {
      return answer.snapshot().next();
    } catch (RuntimeException | Error e) {
      RequestLog.unexpected("COM4043: a snapshot was cut off: url=" + call.url(), e);
      throw e;
    }
  }

  /** The agent stops, and waits for no client. */
  void cutOff() {
    onError(new IOException("the agent stops"));
  }

  @Override
  public synchronized void onError(Throwable problem) {
    if (!over) {
      RequestLog.gone(call, problem);
      end();
    }
  }

  private void end() {
    over = true;
    onEnd.accept(this);
    try {
      async.complete();
    } catch (IllegalStateException ended) {
      // by the container
    }
  }
}
