package org.comitia.cli.catalog;

import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.QueryParameters;
import picocli.CommandLine.Option;

/** {@code -node-meta}: only nodes with such metadata. */
final class NodeMetadata {
  @Option(
      names = {"-node-meta", "--node-meta"},
      paramLabel = "KEY=VALUE",
      description = "Only nodes with this metadata; may be given several times.")
  private List<String> pairs = new ArrayList<>();

  /** Null, or what is wrong. */
  String problem() {
    for (String pair : pairs) {
      if (pair.indexOf('=') < 1) {
        return "invalid value \""
            + pair
            + "\" for flag -node-meta: missing \"=\" value in argument: "
            + pair;
      }
    }
    return null;
  }

  void addTo(QueryParameters parameters) {
    for (String pair : pairs) {
      parameters.add("node-meta", pair.replaceFirst("=", ":"));
    }
  }
}
