package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What each endpoint asks of its callers stands in {@code access-table.tsv} as well, written from
 * Consul's pages; {@code AccessIT} tries each line of it.
 */
class AccessTableTest {
  private static List<String[]> table() throws Exception {
    try (InputStream in = AccessTableTest.class.getResourceAsStream("/access-table.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t", -1))
          .toList();
    }
  }

  private static String text(Need need) {
    return switch (need.kind()) {
      case LOCAL -> need.resource().text() + ":" + need.access().text();
      default -> need.kind().name().toLowerCase(Locale.ROOT);
    };
  }

  @Test
  void everyEndpointAsksWhatTheTableSays() throws Exception {
    Set<String> asked = new TreeSet<>();
    for (Endpoint endpoint : Endpoint.ALL) {
      for (String method : endpoint.methods()) {
        asked.add(method + " " + endpoint.pattern() + " " + text(endpoint.need(method)));
      }
    }
    Set<String> told =
        table().stream()
            .map(row -> row[0] + " " + row[1] + " " + row[2])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(asked).isEqualTo(told);
  }

  /** The table's requests reach the endpoints that they stand beside. */
  @Test
  void eachRequestIsOneOfItsEndpoint() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (String[] row : table()) {
      String path = row[3].replaceAll("\\?.*", "").replace("{", "").replace("}", "");
      Endpoint endpoint = Endpoint.at(path);
      if (row.length != 8 || endpoint == null || !endpoint.pattern().equals(row[1])) {
        wrong.add(Arrays.toString(row));
      }
    }
    assertThat(wrong).isEmpty();
  }
}
