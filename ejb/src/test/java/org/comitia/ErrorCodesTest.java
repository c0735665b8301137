package org.comitia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The codes of errors ({@code COM} and four digits at the beginning of a text) and {@code
 * docs/errors.md} say the same, for all modules.
 */
class ErrorCodesTest {
  private static final Path ROOT = Path.of("..");

  /** A text with a code, after joining what the source joins by {@code +}. */
  private static final Pattern CODED = Pattern.compile("\"COM(\\d+): ((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");

  private static final Pattern ROW =
      Pattern.compile("\\| COM(\\d+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|");

  /** A line of the level SEVERE, up to the statement's end. */
  private static final Pattern SEVERE =
      Pattern.compile("(?:LOG|CONSUL|RAFT)\\.(?:severe\\(|log\\(\\s*Level\\.SEVERE,)([^;]*);");

  /** What tells lines of the level SEVERE once a minute: its name, or what is done with it. */
  private static final Pattern SEVERE_A_MINUTE =
      Pattern.compile("(\\w+)?\\s*(?:=|->)\\s*new OneLineAMinute\\([^;]*?LOG::severe\\)([^;]*);");

  /**
   * Lines of the level SEVERE whose statement shows no code: those of Consul's form, and those
   * whose text comes from elsewhere in the class, with its code.
   */
  private static final Set<String> SAID_ELSEWHERE =
      Set.of(
          "Duties undecided",
          "StateComparison String.format",
          "JoinLoop exits ? failure", // one of ours, one of Consul's
          "ComitiaNode reason, e)",
          "RequestLog \"Request error: method=\"", // Consul's
          "RequestLog what, problem)",
          "EventLoop text, e)",
          "LogWriter failure + \". \"",
          "TableSaver failure, t)",
          "VitalThreads failure + ",
          "Applier halted + \". ");

  private record Row(String text, String cause, String remedy) {}

  private static Map<Path, String> sources() throws IOException {
    Map<Path, String> sources = new LinkedHashMap<>();
    for (String module : List.of("ejb", "web", "cli")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
          sources.put(file, JOINED.matcher(Files.readString(file)).replaceAll(""));
        }
      }
    }
    return sources;
  }

  private static Map<String, List<String>> texts() throws IOException {
    Map<String, List<String>> texts = new TreeMap<>();
    for (String source : sources().values()) {
      Matcher coded = CODED.matcher(source);
      while (coded.find()) {
        String text = coded.group(2).replace("\\\"", "\"");
        texts.computeIfAbsent(coded.group(1), code -> new ArrayList<>()).add(text);
      }
    }
    return texts;
  }

  private static Map<String, Row> rows() throws IOException {
    Map<String, Row> rows = new TreeMap<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/errors.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Row before = rows.put(row.group(1), new Row(row.group(2), row.group(3), row.group(4)));
        assertThat(before).as("a second row of COM" + row.group(1)).isNull();
      } else {
        assertThat(line).as("a row that is not read").doesNotStartWith("| COM");
      }
    }
    return rows;
  }

  @Test
  void thePageExplainsEachCodeOfTheSourcesAndNoOther() throws IOException {
    assertThat(texts().keySet()).isNotEmpty().allMatch(code -> code.length() == 4);
    assertThat(rows().keySet()).isEqualTo(texts().keySet());
  }

  @Test
  void eachCodeIsUsedForTheOneTextThatThePageShows() throws IOException {
    Map<String, Row> rows = rows();
    texts()
        .forEach(
            (code, texts) -> {
              String shown = rows.get(code).text().replaceFirst("…(?s:.*)", "");
              for (String text : texts) {
                boolean same = text.startsWith(shown) || shown.startsWith(text);
                assertThat(same).as("COM" + code + ": " + text + " is shown as " + shown).isTrue();
              }
            });
  }

  @Test
  void eachCodeHasACauseAndARemedyInSentences() throws IOException {
    rows()
        .forEach(
            (code, row) -> {
              assertThat(row.cause()).as("COM" + code).endsWith(".");
              assertThat(row.remedy()).as("COM" + code).endsWith(".");
            });
  }

  @Test
  void everySevereLineOfTheLogCarriesACode() throws IOException {
    List<String> without = new ArrayList<>();
    sources()
        .forEach(
            (file, source) -> {
              Matcher severe = SEVERE.matcher(source);
              while (severe.find()) {
                String name = file.getFileName().toString().replace(".java", "");
                String line = name + " " + severe.group(1).strip().replaceAll("\\s+", " ");
                if (!severe.group(1).contains("\"COM")
                    && SAID_ELSEWHERE.stream().noneMatch(line::startsWith)) {
                  without.add(line);
                }
              }
              saidOnceAMinute(source).stream()
                  .filter(said -> !said.contains("\"COM"))
                  .forEach(said -> without.add(file.getFileName() + " " + said));
            });
    assertThat(without).isEmpty();
  }

  private static List<String> saidOnceAMinute(String source) {
    List<String> said = new ArrayList<>();
    Matcher teller = SEVERE_A_MINUTE.matcher(source);
    while (teller.find()) {
      if (teller.group(2).contains(".say(")) {
        said.add(teller.group(2));
        continue;
      }
      Matcher line =
          Pattern.compile("\\b" + teller.group(1) + "\\s*\\.say\\(([^;]*);").matcher(source);
      int before = said.size();
      while (line.find()) {
        said.add(line.group(1));
      }
      assertThat(said).as(teller.group()).hasSizeGreaterThan(before);
    }
    return said;
  }

  @Test
  void aSevereLineThatIsSaidOnceAMinuteIsSeen() {
    String field = "X lines = new OneLineAMinute(System::nanoTime, LOG::severe);";
    assertThat(saidOnceAMinute(field + " lines.say(() -> \"no code\");")).hasSize(1);
    String inOne = "map.of(k, kind -> new OneLineAMinute(clock, LOG::severe)).say(() -> \"no\");";
    assertThat(saidOnceAMinute(inOne)).hasSize(1);
    String silent = field + " lines.say(() -> \"no code\");" + field.replace("lines", "others");
    assertThatThrownBy(() -> saidOnceAMinute(silent)).isInstanceOf(AssertionError.class);
  }
}
