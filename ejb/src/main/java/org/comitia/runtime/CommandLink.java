package org.comitia.runtime;

import java.util.Properties;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How this application and the {@code comitia} command that started its server know each other: by
 * objects of java.base types in the system properties. In a user's own server there is no command,
 * and nothing here has an effect.
 */
final class CommandLink {
  private static final String PRESENT = "comitia.command";
  private static final String LEAVE = "comitia.command.leave";
  private static final String STOP = "comitia.command.stop";
  private static final String RELOAD = "comitia.command.reload";
  private static final String CONFIGURE = "comitia.command.configure";
  private static final String EXIT = "comitia.command.exit";
  private static final String LOG = "comitia.command.log";

  private CommandLink() {}

  /** Whether the command started this server. */
  static boolean isPresent() {
    return Boolean.getBoolean(PRESENT);
  }

  /**
   * Tells the command how this application is stopped, before it begins to start.
   *
   * @param stop blocks until a start that is under way has ended, leadership is handed over and
   *     what waits is answered
   * @return false when the process is ending already: this application is not to start
   */
  static boolean begin(Runnable stop) {
    return !isPresent() || System.getProperties().putIfAbsent(STOP, stop) == null;
  }

  /**
   * Tells the command that this application is up.
   *
   * @param leave blocks; gives "" when left, else why not
   * @param reload blocks; gives "" when the new settings are in force
   */
  static void offer(Supplier<String> leave, Supplier<String> reload) {
    if (isPresent()) {
      Properties properties = System.getProperties();
      properties.put(LEAVE, leave);
      properties.put(RELOAD, reload);
    }
  }

  static void withdraw() {
    System.getProperties().remove(LEAVE);
    System.getProperties().remove(STOP);
    System.getProperties().remove(RELOAD);
  }

  /**
   * Asks the command to read its flags and files again and to put what they say into the system
   * properties. Blocks on the disk.
   *
   * @return "" when that was done, or there is no command; else what is wrong with them
   */
  static String configure() {
    Object configure = System.getProperties().get(CONFIGURE);
    return isPresent() && configure instanceof Supplier<?> supplier
        ? String.valueOf(supplier.get())
        : "";
  }

  /**
   * Where the command wants our log lines, each with its newline.
   *
   * @throws IllegalStateException when there is no command
   */
  @SuppressWarnings("unchecked")
  static Consumer<String> log() {
    if (System.getProperties().get(LOG) instanceof Consumer<?> lines) {
      return (Consumer<String>) lines;
    }
    throw new IllegalStateException("the command takes no log lines");
  }

  /**
   * Asks the command to end the process.
   *
   * @return false when there is no command: the application goes on and tells the reason in its
   *     health data
   */
  @SuppressWarnings("unchecked")
  static boolean exit(int code, String reason) {
    Object exit = System.getProperties().get(EXIT);
    if (isPresent() && exit instanceof BiConsumer) {
      ((BiConsumer<Integer, String>) exit).accept(code, reason);
      return true;
    }
    return false;
  }
}
