package org.comitia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code comitia}, with a java that says which signals it ignores. */
class ScriptTest {
  private static final Path SCRIPT = Path.of("..", "liberty-config/src/main/liberty/comitia");
  private static final long SIGINT = 1L << 1;

  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(strings = {"demo", "lock", "monitor", "snapshot", "watch"})
  void whatRunsUntilItIsInterruptedCanBeWhenAScriptHasBegunIt(String command) throws Exception {
    Path script = executable("bin/comitia", Files.readString(SCRIPT));
    executable("jdk/bin/java", "#!/bin/sh\nexec grep SigIgn /proc/self/status\n");
    // What a shell without job control does with a job in the background.
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "trap '' INT; exec \"$0\" \"$1\"", script + "", command);
    builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(said).startsWith("SigIgn:");
    assertThat(Long.parseUnsignedLong(said.substring(7).strip(), 16) & SIGINT).as(said).isZero();
  }

  private Path executable(String name, String text) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }
}
