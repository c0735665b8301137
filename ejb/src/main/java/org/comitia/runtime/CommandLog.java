package org.comitia.runtime;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogRecord;
import org.comitia.config.LogLevel;
import org.comitia.log.LogLine;
import org.comitia.log.LogOutlets;

/**
 * Under the command: writes our log records to standard output in Consul's line format, past
 * Liberty's own streams. A line is one write, so lines of several threads do not mix.
 */
final class CommandLog implements AutoCloseable {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
  private final LogOutlets.Outlet outlet;

  /** Starts to write; the caller closes it when the application stops. */
  CommandLog(LogOutlets outlets, LogLevel threshold) {
    outlet = outlets.open(threshold, this::write);
  }

  void setLevel(LogLevel threshold) {
    outlet.setLevel(threshold);
  }

  private void write(LogRecord record) {
    try {
      out.write(LogLine.text(record).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // Nobody reads standard output any more; the agent goes on.
    }
  }

  @Override
  public void close() {
    outlet.close();
  }
}
