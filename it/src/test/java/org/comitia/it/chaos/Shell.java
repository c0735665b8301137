package org.comitia.it.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Commands of the system, each bounded by a minute. */
final class Shell {
  private Shell() {}

  /**
   * @throws IllegalStateException when the command fails, with what it said
   */
  static void run(String... command) {
    String said = attempt(command);
    if (said != null) {
      throw new IllegalStateException(String.join(" ", command) + ": " + said);
    }
  }

  /**
   * @return null when the command succeeded, else what it said
   */
  static String attempt(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "not within 60 s; " + said;
      }
      return process.exitValue() == 0 ? null : "exit code " + process.exitValue() + " " + said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", command), e);
    }
  }
}
