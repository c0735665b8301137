package org.comitia.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.comitia.config.LogLevel;

/**
 * A log line as Consul writes it, as text or as JSON, with its newline. Messages hold what
 * strangers sent, so their control characters are written as escapes, here for everybody: what
 * looks like a line of the log is one, and no terminal takes orders from it. A record is written up
 * to a bound, since what strangers sent may be long.
 */
public final class LogLine {
  /** UTF-16 units of a record's message that are written. */
  static final int MAX_MESSAGE = 4_096;

  /** UTF-16 units of an error's stack, and of a line of it: the first one holds a message. */
  private static final int MAX_STACK = 32 * 1024;

  private static final int MAX_STACK_LINE = 512;

  private static final DateTimeFormatter TEXT_TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
  private static final DateTimeFormatter JSON_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSXXX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private LogLine() {}

  /** {@code 2026-01-01T00:00:00.000Z [INFO] agent: text}. */
  public static String text(Instant time, LogLevel level, String logger, String message) {
    StringBuilder line = new StringBuilder(96 + message.length());
    TEXT_TIME.formatTo(time, line);
    String name = "[" + level + "]";
    line.append(' ').append(name).append(" ".repeat(Math.max(0, 7 - name.length())));
    line.append(' ');
    visible(line, logger);
    line.append(": ");
    visible(line, message);
    return line.append('\n').toString();
  }

  /** A text of one line: its control characters, and what else ends a line, are escapes. */
  public static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length() + 16);
    visible(visible, text);
    return visible.toString();
  }

  /**
   * A text up to a bound. Meant for long ones, which are cut before anything else is done to them.
   */
  public static String cut(String text, int max) {
    return text.length() > max ? text.substring(0, max) + "..." : text;
  }

  /**
   * What another one says, as part of a text for people: one line, its first {@code max} characters
   * and "..." when it is longer.
   */
  public static String excerpt(String text, int max) {
    return cut(visible(text.length() > max ? text.substring(0, max + 1) : text), max);
  }

  private static void visible(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isControl(c)) {
        escape(line, c);
      } else {
        line.append(c);
      }
    }
  }

  private static boolean isControl(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }

  private static void escape(StringBuilder line, char c) {
    switch (c) {
      case '\n' -> line.append("\\n");
      case '\r' -> line.append("\\r");
      case '\t' -> line.append("\\t");
      default -> line.append(String.format("\\u%04x", (int) c));
    }
  }

  /** An object with {@code @level}, {@code @message}, {@code @module} and {@code @timestamp}. */
  public static String json(Instant time, LogLevel level, String logger, String message) {
    StringBuilder line = new StringBuilder(128 + message.length());
    line.append("{\"@level\":\"").append(level.name().toLowerCase(Locale.ROOT));
    line.append("\",\"@message\":");
    quote(line, message);
    line.append(",\"@module\":");
    quote(line, logger);
    line.append(",\"@timestamp\":\"").append(JSON_TIME.format(time));
    return line.append("\"}\n").toString();
  }

  /** A record of java.util.logging; the stack of an error follows its line, each line indented. */
  public static String text(LogRecord record) {
    String line =
        text(
            record.getInstant(),
            level(record.getLevel()),
            String.valueOf(record.getLoggerName()),
            message(record));
    return hasStack(record) ? line + stack(record.getThrown()) : line;
  }

  /** A record of java.util.logging; the stack of an error is part of the message. */
  public static String json(LogRecord record) {
    String message = message(record);
    return json(
        record.getInstant(),
        level(record.getLevel()),
        String.valueOf(record.getLoggerName()),
        hasStack(record) ? message + "\n" + stack(record.getThrown()) : message);
  }

  private static String message(LogRecord record) {
    return cut(String.valueOf(record.getMessage()), MAX_MESSAGE);
  }

  private static boolean hasStack(LogRecord record) {
    return record.getThrown() != null && record.getLevel().intValue() >= Level.SEVERE.intValue();
  }

  private static String stack(Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace, true));
    StringBuilder stack = new StringBuilder(4_096);
    for (String line : (Iterable<String>) trace.toString().lines()::iterator) {
      if (stack.length() > MAX_STACK) {
        return stack.append("\t...\n").toString();
      }
      stack.append('\t');
      visible(stack, cut(line.strip(), MAX_STACK_LINE));
      stack.append('\n');
    }
    return stack.toString();
  }

  static LogLevel level(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return LogLevel.ERROR;
    } else if (value >= Level.WARNING.intValue()) {
      return LogLevel.WARN;
    } else if (value >= Level.INFO.intValue()) {
      return LogLevel.INFO;
    }
    return value >= Level.FINE.intValue() ? LogLevel.DEBUG : LogLevel.TRACE;
  }

  private static void quote(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        line.append('\\').append(c);
      } else if (isControl(c)) {
        escape(line, c);
      } else {
        line.append(c);
      }
    }
    line.append('"');
  }
}
