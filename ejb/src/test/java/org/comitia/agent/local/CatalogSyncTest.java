package org.comitia.agent.local;

import static org.comitia.Waiting.await;

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
}
