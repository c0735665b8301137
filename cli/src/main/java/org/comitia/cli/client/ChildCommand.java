package org.comitia.cli.client;

import java.util.ArrayList;
import java.util.List;

/** A command that a command runs for its user. */
public final class ChildCommand {
  private ChildCommand() {}

  /**
   * Not started yet; its output goes where ours goes.
   *
   * @param words the command and its arguments; with a shell, they are joined by blanks
   * @param shell run by {@code $SHELL}, else {@code /bin/sh}
   */
  public static ProcessBuilder builder(List<String> words, boolean shell) {
    List<String> command = new ArrayList<>();
    if (shell) {
      String chosen = System.getenv("SHELL");
      command.add(chosen == null || chosen.isBlank() ? "/bin/sh" : chosen);
      command.add("-c");
      command.add(String.join(" ", words));
    } else {
      command.addAll(words);
    }
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }
}
