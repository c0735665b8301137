package org.comitia.agent;

import org.comitia.cluster.NetworkPosition;
import org.comitia.config.LogLevel;
import org.comitia.log.LogStream;

/** What this node tells of its work while it works. Safe for any thread; nothing blocks. */
public interface Telemetry {
  /**
   * The log from now on, whatever level this node logs itself. The caller closes it.
   *
   * @param json lines as JSON objects
   */
  LogStream monitor(LogLevel level, boolean json);

  /** Where this node believes to be in the network; null when it does not find out. */
  NetworkPosition position();

  /** Whether figures are shown in Prometheus' format: its retention time is positive. */
  boolean showsPrometheus();
}
