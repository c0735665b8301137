package org.comitia.cli.command;

import java.util.function.Consumer;
import sun.misc.Signal;

/** The signals that end a client command, told apart from the JVM's own handling. */
public final class Signals {
  private Signals() {}

  /**
   * From now on Ctrl-C and a polite kill call this, on a thread of the JVM's, in place of ending
   * the process.
   *
   * @param then is given the signal's name: INT or TERM
   */
  public static void onEnd(Consumer<String> then) {
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> then.accept(name));
    }
  }

  /** SIGHUP as well. */
  public static void onHangUp(Runnable then) {
    Signal.handle(new Signal("HUP"), signal -> then.run());
  }

  /** Ends the process at once. */
  public static void exit(int code) {
    Runtime.getRuntime().halt(code);
  }
}
