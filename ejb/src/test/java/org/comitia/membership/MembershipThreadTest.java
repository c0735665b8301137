package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MembershipThreadTest {
  private final List<Object> ran = new CopyOnWriteArrayList<>();
  private final CountDownLatch go = new CountDownLatch(1);
  private final MembershipThread thread = new MembershipThread(() -> {}, () -> true);

  @AfterEach
  void close() {
    go.countDown();
    thread.close();
  }

  @Test
  void tasksAndViewsRunInTheirOrder() throws Exception {
    hold();
    thread.post(() -> ran.add("a"));
    thread.postView(() -> ran.add("view"));
    thread.postFrame(() -> ran.add("b"), 10);
    finish();
    assertThat(ran).containsExactly("a", "view", "b");
  }

  @Test
  void whatWaitsIsBoundedInBytesAndThereIsRoomAgainAfterIt() throws Exception {
    hold();
    thread.postFrame(() -> ran.add("a"), MembershipThread.MAX_BYTES - 1);
    thread.postFrame(() -> ran.add("one byte too many"), 2);
    thread.postFrame(() -> ran.add("b"), 1);
    finish();
    assertThat(ran).containsExactly("a", "b");
    thread.postFrame(() -> ran.add("c"), MembershipThread.MAX_BYTES);
    finish();
    assertThat(ran).containsExactly("a", "b", "c");
  }

  @Test
  void framesAreBoundedInNumberAndViewsAndOwnTasksGetThroughNevertheless() throws Exception {
    hold();
    for (int i = 0; i < MembershipThread.MAX_FRAMES; i++) {
      thread.postFrame(() -> {}, 1);
    }
    thread.postFrame(() -> ran.add("one too many"), 1);
    thread.postView(() -> ran.add("view"));
    thread.post(() -> ran.add("own"));
    finish();
    assertThat(ran).containsExactly("view", "own");
    thread.postFrame(() -> ran.add("there is room again"), 1);
    finish();
    assertThat(ran).endsWith("there is room again");
  }

  @Test
  void thatFramesWereDroppedIsSaidOnceWhenNoneWaitsAnyMore() throws Exception {
    hold();
    thread.postFrame(() -> {}, MembershipThread.MAX_BYTES);
    assertThat(thread.takeDropped()).isFalse();
    thread.postFrame(() -> {}, 1);
    assertThat(thread.takeDropped()).as("others wait").isFalse();
    finish();
    assertThat(thread.takeDropped()).isTrue();
    assertThat(thread.takeDropped()).isFalse();
  }

  @Test
  void ofMoreViewsThanMayWaitTheNewestGetsThroughAsTheLast() throws Exception {
    hold();
    List<Object> expected = new ArrayList<>();
    for (int i = 0; i < MembershipThread.MAX_VIEWS + 3; i++) {
      int view = i;
      thread.postView(() -> ran.add(view));
      if (i < MembershipThread.MAX_VIEWS || i == MembershipThread.MAX_VIEWS + 2) {
        expected.add(view);
      }
    }
    go.countDown();
    while (ran.size() < expected.size()) {
      thread.awaitTaken();
    }
    assertThat(ran).isEqualTo(expected);
    thread.postView(() -> ran.add("next"));
    thread.awaitTaken();
    assertThat(ran).endsWith("next");
  }

  /** Starts the thread, which then does nothing until {@link #finish}. */
  private void hold() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    thread.start(Thread::new, cause -> {});
    thread.post(
        () -> {
          held.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    held.await();
  }

  private void finish() throws InterruptedException {
    go.countDown();
    CountDownLatch done = new CountDownLatch(1);
    thread.postView(done::countDown);
    done.await();
  }
}
