package org.comitia.it.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run showed, as a table. */
final class Report {
  private record Pause(long during, long after) {}

  private final Map<Fault, List<Pause>> pauses = new EnumMap<>(Fault.class);

  /**
   * @param during the longest time without an acknowledged write while a fault lasted, in
   *     nanoseconds
   * @param after from its end until the cluster was whole
   */
  void add(Fault fault, long during, long after) {
    pauses.computeIfAbsent(fault, f -> new ArrayList<>()).add(new Pause(during, after));
  }

  int strikes() {
    return pauses.values().stream().mapToInt(List::size).sum();
  }

  /** Each strike: fault, both pauses in milliseconds. */
  List<String> lines() {
    return pauses.entrySet().stream()
        .flatMap(
            of ->
                of.getValue().stream()
                    .map(
                        pause ->
                            of.getKey().label()
                                + "\t"
                                + pause.during() / 1_000_000
                                + "\t"
                                + pause.after() / 1_000_000))
        .toList();
  }

  /** In Markdown. */
  String table() {
    StringBuilder table =
        new StringBuilder(
            "| fault | times | longest pause of writes | median | longest pause after it, until all were back |\n"
                + "|---|---|---|---|---|\n");
    pauses.forEach(
        (fault, its) ->
            table.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %d | %s | %s | %s |%n",
                    fault.label(),
                    its.size(),
                    seconds(its.stream().mapToLong(Pause::during).max().orElseThrow()),
                    seconds(median(its)),
                    seconds(its.stream().mapToLong(Pause::after).max().orElseThrow()))));
    return table.toString();
  }

  private static long median(List<Pause> pauses) {
    long[] sorted = pauses.stream().mapToLong(Pause::during).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
  }
}
