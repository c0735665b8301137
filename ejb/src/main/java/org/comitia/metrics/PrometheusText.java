package org.comitia.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The figures in Prometheus' text format, version 0.0.4: gauges, counters, and samples as summaries
 * of count and sum since the start. The format is a dozen lines to write; the client library would
 * add some 400 KB and a registry beside ours.
 */
public final class PrometheusText {
  private PrometheusText() {}

  /**
   * @param prefix before each name, without a dot
   */
  public static String of(Metrics.Report report, String prefix) {
    StringBuilder text = new StringBuilder(16 * 1024);
    String named = "";
    for (Metrics.Gauge gauge : report.gauges()) {
      named = type(text, prefix, gauge.name(), "gauge", named);
      line(text, named, gauge.labels(), gauge.value());
    }
    for (Series counter : report.counters()) {
      named = type(text, prefix, counter.name(), "counter", named);
      line(text, named, counter.labels(), counter.total().sum());
    }
    for (Series sample : report.samples()) {
      named = type(text, prefix, sample.name(), "summary", named);
      line(text, named + "_sum", sample.labels(), sample.total().sum());
      line(text, named + "_count", sample.labels(), sample.total().count());
    }
    return text.toString();
  }

  /** Once before the lines of a name, which come together. */
  private static String type(
      StringBuilder text, String prefix, String dotted, String type, String before) {
    String name = (prefix + "_" + dotted).replaceAll("[^a-zA-Z0-9_]", "_");
    if (!name.equals(before)) {
      text.append("# HELP ").append(name).append(' ').append(prefix).append('.').append(dotted);
      text.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    }
    return name;
  }

  private static void line(
      StringBuilder text, String name, Map<String, String> labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      List<String> pairs =
          new TreeMap<>(labels)
              .entrySet().stream()
                  .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + '"')
                  .toList();
      text.append('{').append(String.join(",", pairs)).append('}');
    }
    text.append(' ');
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      text.append((long) value);
    } else {
      text.append(value);
    }
    text.append('\n');
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
