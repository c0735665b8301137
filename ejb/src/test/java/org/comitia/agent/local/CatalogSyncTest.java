package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogSyncTest {
  private final StateCluster cluster = new StateCluster();

  @Test
  void aRoundThatCannotBeginIsTriedAgain() throws Exception {
    try (LocalAgent agent = new LocalAgent(cluster, LocalAgent.options(), null)) {
      agent.settle();
      cluster.failOnce();
      agent.syncFully();
      agent.service(Map.of("Name", "web"));
      await("it is in the catalog", () -> agent.catalogServices().containsKey("web"));
    }
  }

  @Test
  void changesThatComeOneAfterTheOtherGoTogether() throws Exception {
    Duration hour = Duration.ofHours(1);
    try (LocalAgent agent =
        new LocalAgent(cluster, LocalAgent.options(), null, SerialExecutor::new, hour)) {
      agent.settle();
      agent.service(Map.of("Name", "first"));
      agent.settle();
      cluster.takeWritten();
      cluster.hold();
      agent.service(Map.of("Name", "second"));
      agent.settle();
      agent.service(Map.of("Name", "third"));
      cluster.release();
      agent.settle();
      agent.service(Map.of("Name", "fourth"));
      agent.settle();
      assertThat(cluster.takeWritten()).as("the second alone").hasSize(1);

      agent.syncFully(); // which waits for nothing
      assertThat(agent.catalogServices()).containsOnlyKeys("first", "second", "third", "fourth");
    }
  }

  @Test
  void whatWasGatheredGoesSoon() throws Exception {
    Duration soon = Duration.ofMillis(50);
    try (LocalAgent agent =
        new LocalAgent(cluster, LocalAgent.options(), null, SerialExecutor::new, soon)) {
      agent.settle();
      for (int i = 0; i < 20; i++) {
        agent.service(Map.of("Name", "web" + i));
      }
      await("all are in the catalog", () -> agent.catalogServices().size() == 20);
    }
  }
}
