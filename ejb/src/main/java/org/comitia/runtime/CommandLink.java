package org.comitia.runtime;

import java.util.Properties;
import java.util.function.BiConsumer;
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
  private static final String EXIT = "comitia.command.exit";

  private CommandLink() {}

  /** Whether the command started this server. */
  static boolean isPresent() {
    return Boolean.getBoolean(PRESENT);
  }

  /**
   * Tells the command that this application is up, and how it leaves and stops.
   *
   * @param leave blocks; gives "" when left, else why not
   * @param stop blocks until leadership is handed over
   */
  static void offer(Supplier<String> leave, Runnable stop) {
    if (isPresent()) {
      Properties properties = System.getProperties();
      properties.put(LEAVE, leave);
      properties.put(STOP, stop);
    }
  }

  static void withdraw() {
    System.getProperties().remove(LEAVE);
    System.getProperties().remove(STOP);
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
