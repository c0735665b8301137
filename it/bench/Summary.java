import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code java Summary RAW}: the lines of {@code run} as a table: a row for each work and number of connections, for each system the median
 * of its better driver with the lowest and the highest, and what Comitia's is of it.
 */
public class Summary {
  /** Rates by work, system and driver. */
  private final Map<String, Map<String, Map<String, List<Double>>>> rates = new LinkedHashMap<>();

  private final Map<String, List<Double>> memory = new LinkedHashMap<>();
  private final Set<String> systems = new LinkedHashSet<>();
  private final Set<String> faulty = new LinkedHashSet<>();

  public static void main(String[] arguments) throws Exception {
    Summary summary = new Summary();
    Files.readAllLines(Path.of(arguments[0])).forEach(summary::take);
    summary.print();
  }

  private void take(String line) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : line.split(" ")) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(field.substring(0, equals), field.substring(equals + 1));
      }
    }
    String system = fields.get("system");
    if (system == null) {
      return;
    }
    systems.add(system);
    if (fields.containsKey("rss")) {
      memory.computeIfAbsent(system, s -> new ArrayList<>()).add(Double.valueOf(fields.get("rss")));
    } else if (fields.containsKey("rate")) {
      String work = fields.get("work") + ", " + fields.get("c");
      if (!fields.get("errors").equals("0")) {
        faulty.add(system + " " + fields.get("driver") + " " + work + ": " + fields.get("errors") + " errors in one run");
      }
      rates
          .computeIfAbsent(work, w -> new LinkedHashMap<>())
          .computeIfAbsent(system, s -> new LinkedHashMap<>())
          .computeIfAbsent(fields.get("driver"), d -> new ArrayList<>())
          .add(Double.valueOf(fields.get("rate").replace("/s", "")));
    }
  }

  private void print() {
    List<String> others = systems.stream().filter(s -> !s.equals("comitia")).toList();
    StringBuilder head = new StringBuilder("| work, connections | Comitia, a second |");
    StringBuilder rule = new StringBuilder("|---|---|");
    for (String other : others) {
      head.append(" ").append(other).append(" | Comitia's of it |");
      rule.append("---|---|");
    }
    System.out.println(head + "\n" + rule);
    rates.forEach((work, bySystem) -> System.out.println(row(work, bySystem, others)));
    memory.forEach((system, all) -> System.out.println("\nResident memory of " + system + "'s servers, MB: " + range(all)));
    faulty.forEach(line -> System.out.println("\n" + line));
  }

  private static String row(String work, Map<String, Map<String, List<Double>>> bySystem, List<String> others) {
    List<Double> own = best(bySystem.get("comitia"));
    StringBuilder row = new StringBuilder("| " + work + " | " + (own == null ? "" : range(own)) + " |");
    for (String other : others) {
      List<Double> theirs = best(bySystem.get(other));
      row.append(theirs == null ? "  |  |" : " " + range(theirs) + " | " + (own == null ? "" : ratio(own, theirs)) + " |");
    }
    return row.toString();
  }

  /** Of the driver whose median is the highest. */
  private static List<Double> best(Map<String, List<Double>> byDriver) {
    return byDriver == null
        ? null
        : byDriver.values().stream().max((x, y) -> Double.compare(median(x), median(y))).orElse(null);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String range(List<Double> values) {
    return String.format(Locale.ROOT, "%,.0f (%,.0f-%,.0f)", median(values), Collections.min(values), Collections.max(values));
  }

  private static String ratio(List<Double> own, List<Double> theirs) {
    return String.format(Locale.ROOT, "%.2f", median(own) / median(theirs));
  }
}
