package org.comitia.runtime;

import java.util.function.Consumer;
import org.comitia.config.LogLevel;
import org.comitia.log.LogLine;
import org.comitia.log.LogOutlets;

/**
 * Under the command: hands our log records to the command as lines in Consul's format. It writes
 * them where it writes its own, past Liberty's streams.
 */
final class CommandLog implements AutoCloseable {
  private final LogOutlets.Outlet outlet;

  /**
   * Starts to write; the caller closes it when the application stops.
   *
   * @param json objects in place of text
   */
  CommandLog(LogOutlets outlets, LogLevel threshold, boolean json) {
    Consumer<String> lines = CommandLink.log();
    outlet =
        outlets.open(
            threshold, record -> lines.accept(json ? LogLine.json(record) : LogLine.text(record)));
  }

  void setLevel(LogLevel threshold) {
    outlet.setLevel(threshold);
  }

  @Override
  public void close() {
    outlet.close();
  }
}
