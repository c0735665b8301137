package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
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
