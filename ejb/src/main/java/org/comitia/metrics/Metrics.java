package org.comitia.metrics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * All figures of this application. Whoever counts keeps its {@link Series}; gauges are asked for at
 * the end of each stretch of ten seconds. One node lives in a class loader, so there is one of
 * each. Safe for any thread.
 */
public final class Metrics {
  /** Seconds of a stretch. */
  public static final int STRETCH_SECONDS = 10;

  /** Far above what the code names; labels never come from outside. */
  private static final int MAX_SERIES = 2_000;

  /** One value at the end of a stretch; the name has dots and no prefix. */
  public record Gauge(String name, Map<String, String> labels, double value) {}

  /**
   * The last whole stretch.
   *
   * @param at when it began
   */
  public record Report(
      Instant at, List<Gauge> gauges, List<Series> counters, List<Series> samples) {}

  private static final Map<String, Series> COUNTERS = new ConcurrentHashMap<>();
  private static final Map<String, Series> SAMPLES = new ConcurrentHashMap<>();
  private static final List<Consumer<List<Gauge>>> SOURCES = new CopyOnWriteArrayList<>();
  private static volatile Report report =
      new Report(Instant.EPOCH, List.of(), List.of(), List.of());

  private Metrics() {}

  /**
   * Counts events; the same for the same name and labels.
   *
   * @param labels names and values in turn
   */
  public static Series counter(String name, String... labels) {
    return series(COUNTERS, name, labels);
  }

  /**
   * Durations in milliseconds; the same for the same name and labels.
   *
   * @param labels names and values in turn
   */
  public static Series sample(String name, String... labels) {
    return series(SAMPLES, name, labels);
  }

  private static Series series(Map<String, Series> all, String name, String... labels) {
    Map<String, String> pairs = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      pairs.put(labels[i], labels[i + 1]);
    }
    if (all.size() >= MAX_SERIES) {
      throw new IllegalStateException("more than " + MAX_SERIES + " figures");
    }
    return all.computeIfAbsent(name + pairs, key -> new Series(name, pairs));
  }

  /** Asked for its gauges at the end of each stretch, until it is closed. */
  public static AutoCloseable gauges(Consumer<List<Gauge>> source) {
    SOURCES.add(source);
    return () -> SOURCES.remove(source);
  }

  /** Ends a stretch: to be called every {@link #STRETCH_SECONDS}. */
  public static synchronized void turn(Instant now) {
    COUNTERS.values().forEach(Series::turn);
    SAMPLES.values().forEach(Series::turn);
    List<Gauge> gauges = new ArrayList<>();
    SOURCES.forEach(source -> source.accept(gauges));
    gauges.sort(Comparator.comparing(Gauge::name).thenComparing(g -> g.labels().toString()));
    report =
        new Report(
            now.minusSeconds(STRETCH_SECONDS),
            List.copyOf(gauges),
            sorted(COUNTERS),
            sorted(SAMPLES));
  }

  private static List<Series> sorted(Map<String, Series> all) {
    return new TreeMap<>(all).values().stream().toList();
  }

  /** The last whole stretch; nothing in the first ten seconds. */
  public static Report report() {
    return report;
  }
}
