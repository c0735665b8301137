package org.comitia.runtime;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.config.LogLevel;

/**
 * Under the command: writes our log records to standard output in Consul's line format, past
 * Liberty's own streams. A line is one write, so lines of several threads do not mix.
 */
final class CommandLog extends Handler {
  /** Our loggers' names are the prefixes that Consul's operators know. */
  private static final List<String> ROOTS = List.of("agent", "consul", "raft", "serf", "transport");

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

  // The log manager holds loggers weakly: without these a level or handler could be collected.
  private final List<Logger> loggers = ROOTS.stream().map(Logger::getLogger).toList();

  private CommandLog(Level level) {
    setLevel(level);
  }

  /** Starts to write; the caller closes it when the application stops. */
  static CommandLog attach(LogLevel threshold) {
    CommandLog log = new CommandLog(level(threshold));
    for (Logger logger : log.loggers) {
      logger.setLevel(log.getLevel());
      logger.addHandler(log);
    }
    return log;
  }

  private static Level level(LogLevel threshold) {
    return switch (threshold) {
      case TRACE -> Level.FINEST;
      case DEBUG -> Level.FINE;
      case INFO -> Level.INFO;
      case WARN -> Level.WARNING;
      case ERROR -> Level.SEVERE;
    };
  }

  @Override
  public void publish(LogRecord record) {
    if (isLoggable(record)) {
      try {
        out.write(line(record).getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // Nobody reads standard output any more; the agent goes on.
      }
    }
  }

  private static String line(LogRecord record) {
    StringBuilder line = new StringBuilder(160);
    line.append(TIME.format(Instant.ofEpochMilli(record.getMillis())));
    line.append(String.format(" %-7s ", "[" + name(record.getLevel()) + "]"));
    line.append(record.getLoggerName()).append(": ").append(record.getMessage()).append('\n');
    if (record.getThrown() != null && record.getLevel().intValue() >= Level.SEVERE.intValue()) {
      StringWriter trace = new StringWriter();
      record.getThrown().printStackTrace(new PrintWriter(trace, true));
      line.append(trace);
    }
    return line.toString();
  }

  private static String name(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    } else if (value >= Level.WARNING.intValue()) {
      return "WARN";
    } else if (value >= Level.INFO.intValue()) {
      return "INFO";
    }
    return value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
  }

  @Override
  public void flush() {
    // every line is written at once
  }

  @Override
  public void close() {
    loggers.forEach(logger -> logger.removeHandler(this));
  }
}
