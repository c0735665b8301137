package org.comitia.cli.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.comitia.config.LogLevel;
import org.comitia.log.LogLine;

/**
 * The process's log: lines in Consul's format on its own standard output, and in a file if one is
 * wanted. For what the command itself has to say before, beside and after the application, and for
 * the application's lines. Safe for any thread: a line is one write.
 */
final class AgentLog {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
  private final LogLevel threshold;
  private final boolean json;
  private final LogFile file;

  /**
   * @param file null for none
   */
  AgentLog(LogLevel threshold, boolean json, LogFile file) {
    this.threshold = threshold;
    this.json = json;
    this.file = file;
  }

  /**
   * Begins, whatever the level: for people some lines on the terminal, for programs one of JSON.
   */
  void start(List<String> forPeople, String forPrograms) {
    if (json) {
      line(format(LogLevel.INFO, forPrograms));
    } else {
      print(String.join("\n", forPeople).concat("\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  void info(String text) {
    write(LogLevel.INFO, text);
  }

  void warn(String text) {
    write(LogLevel.WARN, text);
  }

  void error(String text) {
    write(LogLevel.ERROR, text);
  }

  /** Writes a line that is complete, with its newline. */
  void line(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    print(bytes);
    if (file != null) {
      String problem = file.write(bytes);
      if (!problem.isEmpty()) {
        print(format(LogLevel.ERROR, problem).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  void write(LogLevel level, String text) {
    if (level.ordinal() >= threshold.ordinal()) {
      line(format(level, text));
    }
  }

  private String format(LogLevel level, String text) {
    return json
        ? LogLine.json(Instant.now(), level, "agent", text)
        : LogLine.text(Instant.now(), level, "agent", text);
  }

  private void print(byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      // nobody reads standard output any more; the agent goes on
    }
  }
}
