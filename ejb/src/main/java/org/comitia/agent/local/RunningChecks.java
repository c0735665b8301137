package org.comitia.agent.local;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.comitia.agent.check.CheckRunner;
import org.comitia.agent.check.CheckSink;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.check.TtlCheck;
import org.comitia.state.Names;

/**
 * The checks that are being carried out. Results of one that was replaced or stopped are dropped,
 * also when they are on their way already. Used by one thread at a time: the registry's.
 */
final class RunningChecks {
  /**
   * A runner that is made but not started: what cannot be carried out shows before anything
   * changes.
   */
  static final class Prepared {
    private final CheckSpec spec;
    private CheckRunner runner;

    private Prepared(CheckSpec spec) {
      this.spec = spec;
    }

    CheckSpec spec() {
      return spec;
    }
  }

  private final BiFunction<CheckSpec, CheckSink, CheckRunner> runners;
  private final Executor serial;
  private final CheckSink results;
  private final Map<String, Prepared> running = new HashMap<>();

  /**
   * @param serial the registry's executor
   * @param results called on it
   */
  RunningChecks(
      BiFunction<CheckSpec, CheckSink, CheckRunner> runners, Executor serial, CheckSink results) {
    this.runners = runners;
    this.serial = serial;
    this.results = results;
  }

  /**
   * @throws IllegalArgumentException when nobody carries such a check out; says why
   */
  Prepared prepare(CheckSpec spec) {
    Prepared prepared = new Prepared(spec);
    prepared.runner =
        runners.apply(
            spec,
            (id, status, output) ->
                serial.execute(
                    () -> {
                      if (running.get(Names.fold(spec.id())) == prepared
                          && prepared.runner.counts()) {
                        results.update(spec.id(), status, output);
                      }
                    }));
    return prepared;
  }

  /** Instead of the one with the same id. */
  void start(Prepared prepared) {
    Prepared before = running.put(Names.fold(prepared.spec.id()), prepared);
    if (before != null) {
      before.runner.close();
    }
    prepared.runner.start();
  }

  void stop(String id) {
    Prepared stopped = running.remove(Names.fold(id));
    if (stopped != null) {
      stopped.runner.close();
    }
  }

  /** The TTL check with this id. */
  Optional<TtlCheck> ttl(String id) {
    Prepared found = running.get(Names.fold(id));
    return found != null && found.runner instanceof TtlCheck ttl
        ? Optional.of(ttl)
        : Optional.empty();
  }

  int count() {
    return running.size();
  }

  void close() {
    running.values().forEach(one -> one.runner.close());
    running.clear();
  }
}
