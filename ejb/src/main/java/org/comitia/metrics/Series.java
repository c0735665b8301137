package org.comitia.metrics;

import java.util.Map;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * One figure that is added up: a counter, or a sample of durations in milliseconds. Adding costs
 * some nanoseconds, whatever number of threads do. Safe for any thread.
 */
public final class Series {
  /**
   * What was added in a stretch of time.
   *
   * @param min 0 when nothing was, as {@code max}
   */
  public record Sum(long count, double sum, double squares, double min, double max) {
    public double mean() {
      return count == 0 ? 0 : sum / count;
    }

    /** The standard deviation of a sample; 0 for fewer than two values. */
    public double deviation() {
      if (count < 2) {
        return 0;
      }
      double variance = (count * squares - sum * sum) / ((double) count * (count - 1));
      return Math.sqrt(Math.max(0, variance));
    }

    Sum plus(Sum later) {
      if (later.count == 0) {
        return this;
      }
      return count == 0
          ? later
          : new Sum(
              count + later.count,
              sum + later.sum,
              squares + later.squares,
              Math.min(min, later.min),
              Math.max(max, later.max));
    }
  }

  static final Sum NOTHING = new Sum(0, 0, 0, 0, 0);
  private static final double NANOS_A_MILLI = 1e6;

  private final String name;
  private final Map<String, String> labels;
  private final LongAdder count = new LongAdder();
  private final DoubleAdder sum = new DoubleAdder();
  private final DoubleAdder squares = new DoubleAdder();
  private final DoubleAccumulator min = new DoubleAccumulator(Math::min, Double.POSITIVE_INFINITY);
  private final DoubleAccumulator max = new DoubleAccumulator(Math::max, Double.NEGATIVE_INFINITY);
  private Sum before = NOTHING;
  private Sum last = NOTHING;

  Series(String name, Map<String, String> labels) {
    this.name = name;
    this.labels = Map.copyOf(labels);
  }

  /** With dots, without the prefix. */
  public String name() {
    return name;
  }

  public Map<String, String> labels() {
    return labels;
  }

  /** One more. */
  public void increment() {
    add(1);
  }

  public void add(double value) {
    count.increment();
    sum.add(value);
    squares.add(value * value);
    min.accumulate(value);
    max.accumulate(value);
  }

  /** The time since a moment of {@link System#nanoTime()}. */
  public void addSince(long startNanos) {
    add((System.nanoTime() - startNanos) / NANOS_A_MILLI);
  }

  /** Ends a stretch. What is added meanwhile falls into one of the two. */
  synchronized void turn() {
    last = take();
    before = before.plus(last);
  }

  private Sum take() {
    long n = count.sumThenReset();
    double total = sum.sumThenReset();
    double square = squares.sumThenReset();
    double least = min.getThenReset();
    double most = max.getThenReset();
    return n == 0
        ? NOTHING
        : new Sum(
            n,
            total,
            square,
            Double.isInfinite(least) ? 0 : least,
            Double.isInfinite(most) ? 0 : most);
  }

  /** The last whole stretch. */
  public synchronized Sum last() {
    return last;
  }

  /** All since the start, as far as whole stretches go. */
  public synchronized Sum total() {
    return before;
  }
}
