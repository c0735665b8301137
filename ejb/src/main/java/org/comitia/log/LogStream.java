package org.comitia.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.config.LogLevel;

/**
 * The lines that one reader has yet to take: bounded, the newest are dropped when it does not keep
 * up. The reader is told that there are some at most every 200 ms. Holds no thread. Safe for any
 * thread.
 */
public final class LogStream implements AutoCloseable {
  /** Lines that wait for their reader. */
  public static final int MAX_LINES = 512;

  /** Bytes of the lines that wait; more than one line has. */
  static final int MAX_BYTES = 256 * 1024;

  private static final Logger LOG = Logger.getLogger("agent");
  private static final long PAUSE_MILLIS = 200;

  private final Queue<byte[]> lines = new ArrayDeque<>();
  private final ScheduledExecutorService scheduled;
  private final LogOutlets.Outlet outlet;
  private Runnable reader;
  private int bytes;
  private boolean telling;

  /** A line has come since the reader began to be told. */
  private boolean more;

  private boolean closed;
  private long dropped;

  /**
   * Begins to collect.
   *
   * @param json lines as JSON objects
   */
  public LogStream(
      LogOutlets outlets, LogLevel level, boolean json, ScheduledExecutorService scheduled) {
    this.scheduled = scheduled;
    Function<LogRecord, String> form = json ? LogLine::json : LogLine::text;
    this.outlet =
        outlets.open(level, record -> take(form.apply(record).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * @param told called on a scheduler's thread when lines wait, never twice at once
   */
  public synchronized void onLines(Runnable told) {
    reader = told;
    tellLater();
  }

  private synchronized void take(byte[] line) {
    if (closed) {
      return;
    }
    if (lines.size() == MAX_LINES || bytes + line.length > MAX_BYTES) {
      dropped++;
      return;
    }
    lines.add(line);
    bytes += line.length;
    more = true;
    tellLater();
  }

  private void tellLater() {
    if (telling || closed || reader == null || lines.isEmpty()) {
      return;
    }
    telling = true;
    try {
      scheduled.schedule(this::tell, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RuntimeException | Error stopping) {
      telling = false;
    }
  }

  private void tell() {
    Runnable told;
    synchronized (this) {
      told = closed ? null : reader;
      more = false;
    }
    try {
      if (told != null) {
        told.run();
      }
    } finally {
      synchronized (this) {
        telling = false;
        // What a reader leaves since it cannot take more, it fetches itself when it can. Of a line
        // that came meanwhile it may not know.
        if (more) {
          tellLater();
        }
      }
    }
  }

  /** The next line; null when there is none at the moment. */
  public synchronized byte[] next() {
    byte[] line = lines.poll();
    bytes -= line == null ? 0 : line.length;
    return line;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      lines.clear();
    }
    outlet.close();
    if (dropped > 0) {
      LOG.warning("Dropped logs during monitor request: dropped_count=" + dropped);
    }
  }
}
