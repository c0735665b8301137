package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.agent.check.CheckRunner;
import org.comitia.agent.check.CheckSink;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.Definitions;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.Test;

class RunningChecksTest {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<CheckStatus> taken = new ArrayList<>();
  private final AtomicBoolean counts = new AtomicBoolean(true);
  private CheckSink sink;
  private final RunningChecks running =
      new RunningChecks(this::runner, tasks::add, (id, status, output) -> taken.add(status));

  private CheckRunner runner(CheckSpec spec, CheckSink results) {
    sink = results;
    return new CheckRunner() {
      @Override
      public void start() {}

      @Override
      public boolean counts() {
        return counts.get();
      }

      @Override
      public void close() {}
    };
  }

  private void runAll() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void aResultThatWasOvertakenIsDropped() throws Exception {
    running.start(running.prepare(Definitions.check(Map.of("Name", "c", "TTL", "1h"))));

    sink.update("c", CheckStatus.CRITICAL, "TTL expired");
    counts.set(false); // a heartbeat came while that waited for its turn
    runAll();
    assertThat(taken).isEmpty();

    counts.set(true);
    sink.update("c", CheckStatus.CRITICAL, "TTL expired");
    runAll();
    assertThat(taken).containsExactly(CheckStatus.CRITICAL);
  }
}
