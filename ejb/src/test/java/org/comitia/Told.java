package org.comitia;

import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/** Hands a test what a logger tells. */
public final class Told extends Handler {
  private final Consumer<LogRecord> to;

  public Told(Consumer<LogRecord> to) {
    this.to = to;
  }

  @Override
  public void publish(LogRecord line) {
    to.accept(line);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
