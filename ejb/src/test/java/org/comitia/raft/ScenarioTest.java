package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every scenario file: blocks of commands, a line {@code ----}, the expected text, an empty
 * line. What the commands are is said in {@link Scenario}. {@code -Dcomitia.scenarios.rewrite=true}
 * writes the expected texts anew: read the difference before you commit it.
 */
class ScenarioTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/scenarios");

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.filter(f -> f.toString().endsWith(".txt")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void playsAsWritten(Path file) throws IOException {
    Scenario scenario = new Scenario();
    List<String> actual = new ArrayList<>();
    List<String> block = new ArrayList<>();
    boolean expecting = false;
    for (String line : Files.readAllLines(file)) {
      if (expecting) {
        expecting = !line.isEmpty();
        continue;
      }
      if (line.equals("----")) {
        actual.add(line);
        actual.addAll(scenario.play(block));
        actual.add("");
        block.clear();
        expecting = true;
        continue;
      }
      actual.add(line);
      if (!line.isBlank() && !line.startsWith("#")) {
        block.add(line);
      }
    }
    String text = String.join("\n", actual).stripTrailing() + "\n";
    if (Boolean.getBoolean("comitia.scenarios.rewrite")) {
      Files.writeString(file, text);
    }
    assertThat(text).isEqualTo(Files.readString(file));
  }
}
