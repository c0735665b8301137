package org.comitia.bench.parts;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.comitia.state.CommandResult;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
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

/** The state machine: a write by the number of keys, a registration, and the health of 100 instances. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ApplyBench {
  private static final int INSTANCES = 100;

  @Param({"1000", "1000000"})
  public int keys;

  private StateMachine machine;
  private long index;
  private int n;

  @Setup
  public void fill() {
    machine = Rows.machine(keys, INSTANCES);
    index = machine.version().appliedIndex();
  }

  /** What was touched is taken as often as the tables are saved, about. */
  private CommandResult applied(CommandResult result) {
    if (index % 1000 == 0) {
      machine.drainTouched();
    }
    return result;
  }

  @Benchmark
  public CommandResult put() {
    n = (int) ((n + 7919L) % keys); // a prime: no two alike soon
    index++;
    return applied(machine.apply(index, Rows.put(n, index)));
  }

  @Benchmark
  public CommandResult register() {
    n = (n + 1) % INSTANCES;
    return applied(machine.apply(++index, Rows.instance(n, (int) (index % 60_000))));
  }

  @Benchmark
  public CommandResult registerUnchanged() {
    n = (n + 1) % INSTANCES;
    return applied(machine.apply(++index, Rows.instance(n, 80)));
  }

  /** While one instance changes before each, so that no answer is kept. */
  @Benchmark
  public QueryResult.HealthInstances changeAndHealth() {
    register();
    return machine.evaluate(new Query.ServiceHealth("web", List.of(), Map.of(), true));
  }
}
