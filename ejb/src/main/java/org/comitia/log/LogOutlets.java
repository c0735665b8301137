package org.comitia.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.config.LogLevel;

/**
 * Where this node's log records go besides the server's own log: standard output under the command,
 * and whoever monitors. Each outlet has a level of its own; our loggers are opened as far as the
 * most curious of them asks, and are left to the server when there is none. Safe for any thread.
 */
public final class LogOutlets {
  /** Our loggers' names are the prefixes that Consul's operators know. */
  private static final List<String> ROOTS = List.of("agent", "consul", "raft", "serf", "transport");

  // The log manager holds loggers weakly: without these a level or handler could be collected.
  private final List<Logger> loggers = ROOTS.stream().map(Logger::getLogger).toList();
  private final List<Outlet> outlets = new CopyOnWriteArrayList<>();
  private final Handler handler = new Distributor();

  /** One place where records go, until it is closed. */
  public final class Outlet implements AutoCloseable {
    private final Consumer<LogRecord> sink;
    private volatile LogLevel level;

    private Outlet(LogLevel level, Consumer<LogRecord> sink) {
      this.level = level;
      this.sink = sink;
    }

    /** From now on records of this level and above. */
    public void setLevel(LogLevel wanted) {
      level = wanted;
      adjust();
    }

    @Override
    public void close() {
      outlets.remove(this);
      adjust();
    }
  }

  /**
   * @param sink called by whoever logs, on any thread: returns at once and does not log
   */
  public Outlet open(LogLevel level, Consumer<LogRecord> sink) {
    Outlet outlet = new Outlet(level, sink);
    outlets.add(outlet);
    adjust();
    return outlet;
  }

  private synchronized void adjust() {
    LogLevel most = null;
    for (Outlet outlet : outlets) {
      if (most == null || outlet.level.ordinal() < most.ordinal()) {
        most = outlet.level;
      }
    }
    for (Logger logger : loggers) {
      logger.removeHandler(handler);
      if (most != null) {
        logger.addHandler(handler);
      }
      logger.setLevel(most == null ? null : most.julLevel());
    }
  }

  private final class Distributor extends Handler {
    Distributor() {
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord record) {
      LogLevel level = LogLine.level(record.getLevel());
      for (Outlet outlet : outlets) {
        if (level.ordinal() >= outlet.level.ordinal()) {
          outlet.sink.accept(record);
        }
      }
    }

    @Override
    public void flush() {
      // an outlet flushes itself
    }

    @Override
    public void close() {
      // an outlet is closed by who opened it
    }
  }
}
