package org.comitia.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T22:21:10Z");

  @Test
  void aStretchIsSummedUp() throws Exception {
    Series sample = Metrics.sample("test.sample", "method", "GET");
    Series counter = Metrics.counter("test.counter");
    assertThat(Metrics.sample("test.sample", "method", "GET")).isSameAs(sample);
    for (double value : new double[] {2, 4, 4, 4, 5, 5, 7, 9}) {
      sample.add(value);
    }
    counter.increment();
    counter.increment();
    try (AutoCloseable source =
        Metrics.gauges(
            gauges -> gauges.add(new Metrics.Gauge("test.gauge", Map.of("dc", "a\"b"), 1.5)))) {
      Metrics.turn(NOW);
    }
    Metrics.Report report = Metrics.report();
    assertThat(report.at()).isEqualTo("2026-11-21T22:21:00Z");
    Series.Sum sum = sample.last();
    assertThat(sum.count()).isEqualTo(8);
    assertThat(sum.sum()).isEqualTo(40);
    assertThat(sum.min()).isEqualTo(2);
    assertThat(sum.max()).isEqualTo(9);
    assertThat(sum.mean()).isEqualTo(5);
    assertThat(sum.deviation()).isCloseTo(2.138, within(0.001));
    assertThat(report.gauges())
        .contains(new Metrics.Gauge("test.gauge", Map.of("dc", "a\"b"), 1.5));
    assertThat(PrometheusText.of(report, "consul"))
        .contains(
            "# HELP consul_test_gauge consul.test.gauge\n"
                + "# TYPE consul_test_gauge gauge\nconsul_test_gauge{dc=\"a\\\"b\"} 1.5\n")
        .contains("# TYPE consul_test_counter counter\nconsul_test_counter 2\n")
        .contains(
            "# TYPE consul_test_sample summary\n"
                + "consul_test_sample_sum{method=\"GET\"} 40\n"
                + "consul_test_sample_count{method=\"GET\"} 8\n");

    sample.add(3);
    Metrics.turn(NOW.plusSeconds(10));
    assertThat(sample.last().count()).isEqualTo(1);
    assertThat(sample.total().count()).isEqualTo(9);
    assertThat(sample.total().max()).isEqualTo(9);
    assertThat(counter.last().count()).isZero();
    assertThat(counter.total().sum()).isEqualTo(2);
    assertThat(Metrics.report().gauges()).noneMatch(gauge -> gauge.name().equals("test.gauge"));
  }
}
