package org.comitia.web.agent;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.function.Consumer;
import org.comitia.log.LogStream;

/** One client that reads the log. What it does not take waits in its {@link LogStream}. */
final class MonitorStream implements WriteListener {
  private final AsyncContext async;
  private final ServletOutputStream out;
  private final LogStream lines;
  private final Consumer<MonitorStream> onClose;
  private boolean closed;

  MonitorStream(
      AsyncContext async,
      ServletOutputStream out,
      LogStream lines,
      Consumer<MonitorStream> onClose) {
    this.async = async;
    this.out = out;
    this.lines = lines;
    this.onClose = onClose;
  }

  void begin() {
    out.setWriteListener(this);
    lines.onLines(this::onWritePossible);
  }

  /** Lines have come, or the client takes some again. */
  @Override
  public void onWritePossible() {
    try {
      write();
    } catch (IOException | IllegalStateException gone) {
      close();
    }
  }

  private synchronized void write() throws IOException {
    boolean written = false;
    while (!closed && out.isReady()) {
      byte[] line = lines.next();
      if (line == null) {
        if (written) {
          out.flush();
        }
        return;
      }
      out.write(line);
      written = true;
    }
  }

  @Override
  public void onError(Throwable gone) {
    close();
  }

  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    lines.close();
    onClose.accept(this);
    try {
      async.complete();
    } catch (IllegalStateException over) {
      // the container has ended it already
    }
  }
}
