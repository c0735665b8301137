package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {
  private final Queue<Runnable> taken = new ArrayDeque<>();
  private final List<String> ran = new ArrayList<>();

  @Test
  void aTaskThatFindsNoThreadRunsBeforeTheNextOneThatDoes() {
    Executor[] executor = {
      task -> {
        throw new RejectedExecutionException("full, says the test");
      }
    };
    SerialExecutor serial = new SerialExecutor(task -> executor[0].execute(task));
    serial.execute(() -> ran.add("first"));
    assertThat(ran).isEmpty();
    executor[0] = taken::add;
    serial.execute(() -> ran.add("second"));
    taken.remove().run();
    assertThat(ran).containsExactly("first", "second");
  }

  @Test
  void aTaskThatThrowsAnErrorKeepsNoOtherFromRunning() {
    SerialExecutor serial = new SerialExecutor(taken::add);
    serial.execute(
        () -> {
          throw new AssertionError("struck by the test");
        });
    serial.execute(() -> ran.add("behind it"));
    taken.remove().run();
    serial.execute(() -> ran.add("later"));
    taken.remove().run();
    assertThat(ran).containsExactly("behind it", "later");
  }
}
