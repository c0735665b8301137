package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptCheckTest {
  @TempDir Path folder;

  private final Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  private static SpecBuilder shell(String script) {
    SpecBuilder spec = new SpecBuilder();
    spec.args = List.of("/bin/sh", "-c", script);
    return spec;
  }

  @Test
  void theExitCodeDecides() throws Exception {
    assertThat(bench.once(shell("echo fine; echo and more >&2")))
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "fine\nand more\n"));
    assertThat(bench.once(shell("echo so so; exit 1")))
        .isEqualTo(new Bench.Update(CheckStatus.WARNING, "so so\n"));
    assertThat(bench.once(shell("echo bad; exit 2")))
        .isEqualTo(new Bench.Update(CheckStatus.CRITICAL, "bad\n"));
    SpecBuilder missing = new SpecBuilder();
    missing.args = List.of("/no/such/program");
    assertThat(bench.once(missing).status()).isEqualTo(CheckStatus.CRITICAL);
  }

  @Test
  void longOutputIsCutToItsEnd() throws Exception {
    SpecBuilder spec =
        shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done; echo end");
    spec.outputMaxSize = 8;
    Bench.Update update = bench.once(spec);
    assertThat(update)
        .isEqualTo(
            new Bench.Update(CheckStatus.PASSING, "Captured 8 of 220004 bytes\n...\n789\nend\n"));
  }

  @Test
  void whenItsTimeIsOverItIsKilledWithItsChildren() throws Exception {
    Path pid = folder.resolve("pid");
    SpecBuilder spec = shell("echo begun; sleep 300 & echo $! > " + pid + "; wait");
    spec.timeout = Duration.ofSeconds(3);
    Bench.Update update = bench.once(spec);
    assertThat(update)
        .isEqualTo(
            new Bench.Update(CheckStatus.CRITICAL, "Timed out (3s) running check\n\nbegun\n"));
    Optional<ProcessHandle> child = ProcessHandle.of(Long.parseLong(Files.readString(pid).trim()));
    if (child.isPresent()) {
      child.get().onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
    }
  }
}
