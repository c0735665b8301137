package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.comitia.access.Token;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootstrapResetTest {
  private static final Token TOKEN =
      new Token("a", "s", "", List.of(), List.of(), List.of(), List.of(), false, "", 1, 0, 0, 0);

  @TempDir private Path dir;

  private long index(Path file, long asked) {
    return new BootstrapReset(file).of(new Command.AclBootstrap(TOKEN, asked)).resetIndex();
  }

  @Test
  void theFileDecidesAndNotWhoAsks() throws Exception {
    Path file = dir.resolve("acl-bootstrap-reset");
    assertThat(index(null, 13)).isZero();
    assertThat(index(file, 13)).isZero();
    Files.writeString(file, "13\n");
    assertThat(index(file, 7)).isEqualTo(13);
    for (String other : List.of("", "x", "-13", "13 14", "1".repeat(19), "1".repeat(64))) {
      Files.writeString(file, other);
      assertThat(index(file, 13)).as(other).isZero();
    }
  }

  @Test
  void itServesOnce() throws Exception {
    Path file = dir.resolve("acl-bootstrap-reset");
    Files.writeString(file, "13");
    BootstrapReset reset = new BootstrapReset(file);
    reset.used(new WriteOutcome.NotApplied(Failure.NO_LEADER, ""));
    reset.used(new WriteOutcome.Applied(9, new CommandResult.Failed("no")));
    assertThat(file).exists();
    reset.used(new WriteOutcome.Applied(9, new CommandResult.Done(true)));
    assertThat(file).doesNotExist();
  }
}
