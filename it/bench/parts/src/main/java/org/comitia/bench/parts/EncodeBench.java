package org.comitia.bench.parts;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.comitia.state.Command;
import org.comitia.state.Service;
import org.comitia.web.catalog.CatalogShapes;
import org.comitia.web.filter.Filter;
import org.comitia.wire.Commands;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Commands to bytes and back, and a filter's expression compiled and asked of 100 services. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class EncodeBench {
  private static final String EXPRESSION = "Service == web and \"v1\" in Tags and Meta.version != 2 and Port == 80";

  private final Command put = Rows.put(7, 1);
  private final Command register = Rows.instance(7, 80);
  private final byte[] putBytes = Commands.encode(put);
  private final byte[] registerBytes = Commands.encode(register);
  private final List<Service> services = List.copyOf(Rows.machine(0, 100).version().services().values());
  private final Predicate<Service> filter = compile();

  private static Predicate<Service> compile() {
    try {
      return Filter.compile(EXPRESSION, CatalogShapes.SERVICE);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Benchmark
  public byte[] encodePut() {
    return Commands.encode(put);
  }

  @Benchmark
  public Command decodePut() throws Exception {
    return Commands.decode(putBytes);
  }

  @Benchmark
  public byte[] encodeRegister() {
    return Commands.encode(register);
  }

  @Benchmark
  public Command decodeRegister() throws Exception {
    return Commands.decode(registerBytes);
  }

  @Benchmark
  public Predicate<Service> compileFilter() {
    return compile();
  }

  @Benchmark
  public long filterHundred() {
    return services.stream().filter(filter).count();
  }
}
