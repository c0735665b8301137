package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartTest {
  private static final String ADDRESS = "127.0.69.1";

  @TempDir Path dir;

  private final TestNode.Shared shared = new TestNode.Shared();

  @AfterEach
  void close() {
    shared.close();
  }

  @Test
  void periodicWorkGoesOnAfterAnError() throws Exception {
    CountDownLatch rounds = new CountDownLatch(2);
    ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
    try {
      scheduled.scheduleWithFixedDelay(
          NodeRuntime.steady(
              () -> {
                rounds.countDown();
                throw new AssertionError("struck by the test");
              }),
          1,
          1,
          TimeUnit.MILLISECONDS);
      assertThat(rounds.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      scheduled.shutdown();
    }
  }

  @Test
  void aMembershipThatGetsNoThreadLeavesItsPortFree() throws Exception {
    shared.onThread(
        task -> {
          if (task.getClass().getName().contains("MembershipThread")) {
            throw new IllegalStateException("no thread");
          }
        });
    assertThatThrownBy(() -> TestNode.start(shared, "n1", ADDRESS, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no thread");
    InetAddress address = InetAddress.getByName(ADDRESS);
    try (ServerSocket socket = new ServerSocket(TestNode.SERF_PORT, 1, address)) {
      assertThat(socket.isBound()).isTrue();
    }
  }

  @Test
  void aStartThatIsEndedGoesNoFurtherAndLeavesNothingOpen() throws Exception {
    String[] server = {"comitia.server", "true", "comitia.bootstrap", "true"};
    shared.onDataSource(NodeRuntime::endStart);
    assertThatThrownBy(() -> TestNode.start(shared, "n1", ADDRESS, dir, server))
        .isInstanceOf(StartEndedException.class);

    shared.onDataSource(node -> {});
    try (TestNode node = TestNode.start(shared, "n1", ADDRESS, dir, server)) {
      assertThat(node.alive()).as("ports and stores were free").containsExactly("n1");
    }
  }
}
