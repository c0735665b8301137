package org.comitia.membership;

import java.util.function.Supplier;
import org.comitia.log.LogLine;
import org.comitia.log.OneLineAMinute;
import org.jgroups.logging.CustomLogFactory;
import org.jgroups.logging.JDKLogImpl;
import org.jgroups.logging.Log;
import org.jgroups.logging.LogFactory;

/**
 * JGroups' own lines. It tells of each message that it cannot use, and quotes what strangers sent;
 * here each of its parts tells one warning and one error a minute, each of one line of {@link #MAX}
 * characters and three dots at most. Safe for any thread.
 */
final class ChannelLog extends JDKLogImpl {
  static final int MAX = 1024;

  private final OneLineAMinute warnings = new OneLineAMinute(System::nanoTime, super::warn);
  private final OneLineAMinute errors = new OneLineAMinute(System::nanoTime, super::error);

  ChannelLog(String name) {
    super(name);
  }

  /** For all parts of JGroups that are made from now on; doing it again changes nothing. */
  static void use() {
    LogFactory.setCustomLogFactory(
        new CustomLogFactory() {
          @Override
          public Log getLog(Class<?> part) {
            return new ChannelLog(part.getName());
          }

          @Override
          public Log getLog(String name) {
            return new ChannelLog(name);
          }
        });
  }

  private static String line(String text) {
    return LogLine.excerpt(text, MAX);
  }

  private void warn(Supplier<String> text) {
    if (isWarnEnabled()) {
      warnings.say(() -> line(text.get()));
    }
  }

  private void error(Supplier<String> text) {
    if (isErrorEnabled()) {
      errors.say(() -> line(text.get()));
    }
  }

  @Override
  public void warn(String text) {
    warn(() -> text);
  }

  @Override
  public void warn(String format, Object... args) {
    warn(() -> format(format, args));
  }

  @Override
  public void warn(String text, Throwable thrown) {
    warn(() -> text + ": " + thrown);
  }

  @Override
  public void error(String text) {
    error(() -> text);
  }

  @Override
  public void error(String format, Object... args) {
    error(() -> format(format, args));
  }

  @Override
  public void error(String text, Throwable thrown) {
    if (isErrorEnabled()) {
      errors.say(() -> line(text + ": " + thrown), told -> super.error(told, thrown));
    }
  }

  @Override
  public void fatal(String text) {
    error(text);
  }

  @Override
  public void fatal(String format, Object... args) {
    error(format, args);
  }

  @Override
  public void fatal(String text, Throwable thrown) {
    error(text, thrown);
  }
}
