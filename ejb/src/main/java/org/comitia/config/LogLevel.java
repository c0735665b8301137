package org.comitia.config;

import java.util.logging.Level;

/** How much is logged, by Consul's names. */
public enum LogLevel {
  TRACE(Level.FINEST),
  DEBUG(Level.FINE),
  INFO(Level.INFO),
  WARN(Level.WARNING),
  ERROR(Level.SEVERE);

  private final Level julLevel;

  LogLevel(Level julLevel) {
    this.julLevel = julLevel;
  }

  /** The level of java.util.logging that stands for it. */
  public Level julLevel() {
    return julLevel;
  }
}
