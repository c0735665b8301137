package org.comitia.web.agent;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;
import org.comitia.web.http.Json;

/** Figures as Consul writes them. */
final class MetricsJson {
  private static final String PREFIX = "consul.";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss Z 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Stretches begin at full tens of seconds, as Consul's do. */
  private static final long STRETCH = Metrics.STRETCH_SECONDS;

  private MetricsJson() {}

  static void write(JsonGenerator out, Metrics.Report report) throws IOException {
    long second = report.at().getEpochSecond();
    out.writeStartObject();
    out.writeStringField(
        "Timestamp", TIME.format(Instant.ofEpochSecond(second - Math.floorMod(second, STRETCH))));
    out.writeArrayFieldStart("Gauges");
    for (Metrics.Gauge gauge : report.gauges()) {
      out.writeStartObject();
      out.writeStringField("Name", PREFIX + gauge.name());
      number(out, "Value", gauge.value());
      Json.textMap(out, "Labels", gauge.labels());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeArrayFieldStart("Points");
    out.writeEndArray();
    sums(out, "Counters", report.counters());
    sums(out, "Samples", report.samples());
    out.writeEndObject();
  }

  /** Only what happened in the stretch. */
  private static void sums(JsonGenerator out, String field, List<Series> all) throws IOException {
    out.writeArrayFieldStart(field);
    for (Series series : all) {
      Series.Sum sum = series.last();
      if (sum.count() == 0) {
        continue;
      }
      out.writeStartObject();
      out.writeStringField("Name", PREFIX + series.name());
      out.writeNumberField("Count", sum.count());
      number(out, "Rate", sum.sum() / STRETCH);
      number(out, "Sum", sum.sum());
      number(out, "Min", sum.min());
      number(out, "Max", sum.max());
      number(out, "Mean", sum.mean());
      number(out, "Stddev", sum.deviation());
      Json.textMap(out, "Labels", series.labels());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void number(JsonGenerator out, String field, double value) throws IOException {
    out.writeFieldName(field);
    Json.number(out, value);
  }
}
