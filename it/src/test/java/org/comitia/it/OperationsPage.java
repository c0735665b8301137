package org.comitia.it;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands of docs/operations.md. A block of {@code sh} stands behind a comment that names the
 * machines it is for: {@code <!-- on n1 n2 -->}; one block on each of them in turn.
 */
final class OperationsPage {
  private static final Pattern HEADING = Pattern.compile("(?m)^## (.*)$");
  private static final Pattern BLOCK =
      Pattern.compile("(?s)(?:<!-- on ([^>]*) -->\n)?```sh\n(.*?)```");
  private static final Pattern JSON = Pattern.compile("(?s)```json\n(.*?)```");

  /**
   * One block.
   *
   * @param machines their names, in order; empty when the page does not say
   * @param commands one a line; a line that ends with a backslash goes on in the next
   */
  record Block(List<String> machines, List<String> commands) {}

  private final String text;

  private OperationsPage(String text) {
    this.text = text;
  }

  static OperationsPage read() throws IOException {
    return new OperationsPage(Files.readString(Distribution.root().resolve("docs/operations.md")));
  }

  /** The headings of all sections that have commands. */
  List<String> sections() {
    return HEADING
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .filter(heading -> !blocks(heading).isEmpty())
        .toList();
  }

  /** The blocks of a section, in order. */
  List<Block> blocks(String heading) {
    List<Block> blocks = new ArrayList<>();
    Matcher found = BLOCK.matcher(section(heading));
    while (found.find()) {
      List<String> machines =
          found.group(1) == null ? List.of() : Arrays.asList(found.group(1).split(" "));
      String joined = found.group(2).replace("\\\n", " ");
      blocks.add(
          new Block(
              machines,
              joined.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList()));
    }
    return blocks;
  }

  /** The first JSON of a section. */
  String json(String heading) {
    Matcher found = JSON.matcher(section(heading));
    if (!found.find()) {
      throw new AssertionError("no JSON under " + heading);
    }
    return found.group(1);
  }

  private String section(String heading) {
    int begin = text.indexOf("\n## " + heading + "\n");
    if (begin < 0) {
      throw new AssertionError("docs/operations.md has no section " + heading);
    }
    int end = text.indexOf("\n## ", begin + 1);
    return text.substring(begin, end < 0 ? text.length() : end);
  }
}
