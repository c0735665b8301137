package org.comitia.bench.parts;

import java.util.concurrent.TimeUnit;
import org.comitia.state.Query;
import org.comitia.state.StateMachine;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** So many watches of one key are set, then it changes: what the apply thread spends on waking them, and who watches on setting them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class WakeBench {
  @Param({"1", "10000"})
  public int watchers;

  private StateMachine machine;
  private long index;
  private int woken;

  @Setup
  public void fill() {
    machine = Rows.machine(1000, 0);
    index = machine.version().appliedIndex();
  }

  @Benchmark
  public int watchAndWake() {
    woken = 0;
    Query<?> query = new Query.KvGet("bench/7");
    for (int i = 0; i < watchers; i++) {
      machine.watches().register(query, () -> woken++);
    }
    index++;
    machine.apply(index, Rows.put(7, index));
    machine.drainTouched();
    if (woken != watchers) {
      throw new IllegalStateException(woken + " of " + watchers);
    }
    return woken;
  }
}
