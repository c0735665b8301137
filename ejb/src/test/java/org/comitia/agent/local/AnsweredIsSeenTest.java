package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.state.Check;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was answered is in every later view, however slowly the registry's tasks follow. */
class AnsweredIsSeenTest {
  private static final int ROUNDS = 30;

  private final Random random = new Random(20_260_727);
  private final StateCluster cluster = new StateCluster();
  @TempDir private Path dataDir;

  /** As on a busy machine: some time passes between a task and the next. */
  private final class Paused extends SerialExecutor {
    Paused(Executor executor) {
      super(executor);
    }

    @Override
    void run(Runnable task) {
      long micros;
      synchronized (random) {
        micros = random.nextInt(3) == 0 ? random.nextInt(5_000) : 0;
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
      super.run(task);
    }
  }

  private static void done(CompletionStage<Outcome> change) {
    assertThat(change.toCompletableFuture().join()).isEqualTo(Outcome.DONE);
  }

  @Test
  void whateverKindOfChangeItIs() throws Exception {
    try (LocalAgent agent = new LocalAgent(cluster, LocalAgent.options(), dataDir, Paused::new)) {
      LocalRegistry registry = agent.registry;
      for (int i = 0; i < ROUNDS; i++) {
        String id = "s" + i % 3;
        String check = "service:" + id;
        done(registry.registerService(LocalServices.Asker.ANYBODY, service(id, i), false));
        assertThat(registry.view().services().get(id).port()).isEqualTo(1 + i);
        assertThat(registry.view().checks()).containsKey(check);

        updatesAreSeen(registry, check);

        done(registry.serviceMaintenance(LocalServices.Asker.ANYBODY, id, true, "why"));
        assertThat(registry.view().checks()).containsKey("_service_maintenance:" + id);
        done(registry.serviceMaintenance(LocalServices.Asker.ANYBODY, id, false, ""));
        assertThat(registry.view().checks()).doesNotContainKey("_service_maintenance:" + id);
        done(registry.nodeMaintenance(LocalServices.Asker.ANYBODY, true, "why"));
        assertThat(registry.view().checks()).containsKey("_node_maintenance");
        done(registry.nodeMaintenance(LocalServices.Asker.ANYBODY, false, ""));
        assertThat(registry.view().checks()).doesNotContainKey("_node_maintenance");

        done(
            registry.registerCheck(
                LocalServices.Asker.ANYBODY, Map.of("Name", "disk", "TTL", "1h")));
        assertThat(registry.view().checks()).containsKey("disk");
        done(registry.deregisterCheck(LocalServices.Asker.ANYBODY, "disk"));
        assertThat(registry.view().checks()).doesNotContainKey("disk");

        done(registry.deregisterService(LocalServices.Asker.ANYBODY, id));
        assertThat(registry.view().services()).doesNotContainKey(id);
        assertThat(registry.view().checks()).doesNotContainKey(check);
      }
    }
  }

  private static Map<String, Object> service(String id, int i) {
    Map<String, Object> service = new HashMap<>();
    service.put("Name", id);
    service.put("Port", 1 + i);
    service.put("Check", Map.of("TTL", "1h"));
    return service;
  }

  private static void updatesAreSeen(LocalRegistry registry, String id) {
    for (CheckStatus status : CheckStatus.values()) {
      done(registry.updateCheck(LocalServices.Asker.ANYBODY, id, status, "is " + status));
      Check seen = registry.view().checks().get(id);
      assertThat(seen.status()).isEqualTo(status.text());
      assertThat(seen.output()).isEqualTo("is " + status);
    }
  }
}
