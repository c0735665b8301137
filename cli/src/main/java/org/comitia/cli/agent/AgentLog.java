package org.comitia.cli.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.comitia.config.LogLevel;
import org.comitia.log.LogLine;

/**
 * Lines in Consul's format on the process's own standard output, for what the command itself has to
 * say before, beside and after the application. Safe for any thread: a line is one write.
 */
final class AgentLog {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
  private final LogLevel threshold;

  AgentLog(LogLevel threshold) {
    this.threshold = threshold;
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

  private void write(LogLevel level, String text) {
    if (level.ordinal() < threshold.ordinal()) {
      return;
    }
    String line = LogLine.text(Instant.now(), level, "agent", text);
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // nobody reads standard output any more; the agent goes on
    }
  }
}
