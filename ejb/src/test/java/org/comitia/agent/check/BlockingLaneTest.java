package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class BlockingLaneTest {
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private boolean rejecting;
  private final BlockingLane lane =
      new BlockingLane(
          task -> {
            if (rejecting) {
              throw new RejectedExecutionException("no thread is free");
            }
            threads.add(task);
          },
          1);

  @Test
  void aTaskThatIsRejectedTakesNoPlace() {
    rejecting = true;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> lane.execute(() -> done.add("rejected")))
          .isInstanceOf(RejectedExecutionException.class);
    }
    rejecting = false;
    lane.execute(() -> done.add("later"));
    assertThat(threads).hasSize(1);
    threads.remove().run();
    assertThat(done).containsExactly("later");
  }

  @Test
  void whatWaitsIsDoneThoughNoOtherThreadIsGiven() {
    lane.execute(
        () -> {
          done.add("first");
          throw new IllegalStateException("of the task");
        });
    lane.execute(() -> done.add("second"));
    lane.execute(() -> done.add("third"));
    rejecting = true;
    threads.remove().run();
    assertThat(done).containsExactly("first", "second", "third");
    rejecting = false;
    lane.execute(() -> done.add("fourth"));
    assertThat(threads).hasSize(1);
  }
}
