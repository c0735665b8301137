package org.comitia.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Asks a running JVM of this user about itself, with the JDK's {@code jcmd}. */
final class Jvm {
  private Jvm() {}

  /**
   * @return what {@code jcmd PID COMMAND} prints, or why there is nothing
   */
  static String command(long pid, String... command) {
    try {
      String[] all = new String[command.length + 2];
      all[0] = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      all[1] = Long.toString(pid);
      System.arraycopy(command, 0, all, 2, command.length);
      Path out = Files.createTempFile("jcmd", ".out");
      Process jcmd =
          new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(out.toFile()).start();
      if (!jcmd.waitFor(30, TimeUnit.SECONDS)) {
        jcmd.destroyForcibly();
        return "jcmd did not answer within 30 s";
      }
      String text = Files.readString(out, StandardCharsets.UTF_8);
      Files.delete(out);
      return text;
    } catch (IOException e) {
      return "jcmd failed: " + e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
