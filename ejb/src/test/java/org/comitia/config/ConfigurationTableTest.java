package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The table in {@code docs/configuration.md} is generated from {@link Setting}, so that it cannot
 * lie.
 */
class ConfigurationTableTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");
  private static final String BEGIN = "<!-- settings: generated, see ConfigurationTableTest -->\n";
  private static final String END = "<!-- end of settings -->\n";

  /**
   * {@code mvn -pl ejb test -Dtest=ConfigurationTableTest -Dcomitia.docs.write=true} writes the
   * page anew.
   */
  @Test
  void pageHoldsTheGeneratedTable() throws Exception {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(begin).as("marker %s in %s", BEGIN, PAGE).isGreaterThanOrEqualTo(BEGIN.length());
    assertThat(end).as("marker %s in %s", END, PAGE).isGreaterThanOrEqualTo(begin);
    if (Boolean.getBoolean("comitia.docs.write")) {
      page = page.substring(0, begin) + table() + page.substring(end);
      Files.writeString(PAGE, page);
      end = page.indexOf(END);
    }

    assertThat(page.substring(begin, end)).isEqualTo(table());
  }

  /** The environment variables named so belong to the command, not to MicroProfile Config. */
  @Test
  void noSettingTakesTheCommandsVariables() {
    assertThat(Setting.values())
        .extracting(Setting::environmentVariable)
        .doesNotContain("COMITIA_HTTP_ADDR", "COMITIA_JAVA_OPTS", "COMITIA_PROFILE")
        .doesNotHaveDuplicates();
  }

  private static String table() {
    return Arrays.stream(Setting.values())
        .map(
            one ->
                String.format(
                    "| `%s` | `%s` | %s | %s | %s | %s |",
                    one.property(),
                    one.environmentVariable(),
                    one.consulKey().map(key -> "`" + key + "`").orElse(""),
                    one.type(),
                    one.defaultText()
                        .filter(text -> !text.isEmpty())
                        .map(text -> "`" + text + "`")
                        .orElse(""),
                    one.meaning()))
        .collect(
            Collectors.joining(
                "\n",
                "| property | environment | key in Consul's files | type | default | meaning |\n|---|---|---|---|---|---|\n",
                "\n"));
  }
}
