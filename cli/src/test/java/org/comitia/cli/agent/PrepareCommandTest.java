package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The build runs the script itself for each distribution that the tests use. */
class PrepareCommandTest {
  @TempDir Path home;

  private String before;

  @BeforeEach
  void installHere() {
    before = System.setProperty("comitia.home", home.toString());
  }

  @AfterEach
  void installElsewhere() {
    if (before == null) {
      System.clearProperty("comitia.home");
    } else {
      System.setProperty("comitia.home", before);
    }
  }

  @Test
  void theScriptIsToldTheDistributionAndThisJdk() throws Exception {
    script("printf '%s\\n' \"$@\" >\"$1/told\"");
    assertThat(new CommandLine(new PrepareCommand()).execute()).isZero();
    assertThat(Files.readAllLines(home.resolve("told")))
        .isEqualTo(List.of(home.toString(), System.getProperty("java.home")));
  }

  @Test
  void aScriptThatFailsIsNoSuccess() throws Exception {
    script("exit 7");
    assertThat(new CommandLine(new PrepareCommand()).execute()).isEqualTo(1);
  }

  private void script(String text) throws IOException {
    Path script = home.resolve("lib/boot/prepare");
    Files.createDirectories(script.getParent());
    Files.writeString(script, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }
}
