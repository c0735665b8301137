package org.comitia.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/design/simulation.md names the broken servers that there are, and no others. */
class SimulationPageTest {
  private static final Path PAGE = Path.of("../docs/design/simulation.md");
  private static final String HEAD = "| broken | what is wrong |";

  @Test
  void thePageHasARowForEachBrokenServer() throws IOException {
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .dropWhile(line -> !line.equals(HEAD))
            .skip(2)
            .takeWhile(line -> line.startsWith("| "))
            .map(line -> line.split(" ")[1])
            .toList();
    List<String> broken = Broken.all().map(Broken::name).toList();
    assertThat(rows).containsExactlyInAnyOrderElementsOf(broken);
  }
}
