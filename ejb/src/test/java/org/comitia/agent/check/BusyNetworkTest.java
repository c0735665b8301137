package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Probes whose executor takes nothing say so, at once and on no thread of the caller's. */
class BusyNetworkTest {
  private static final long LONG_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
  private final CheckNetwork network =
      new CheckNetwork(
          Thread::new,
          task -> {
            throw new RejectedExecutionException("too much is under way");
          });

  @AfterEach
  void stop() {
    network.close();
    scheduled.shutdownNow();
  }

  private String output(Probe probe) throws Exception {
    return probe.begin().toCompletableFuture().get(20, TimeUnit.SECONDS).output();
  }

  @Test
  void anHttpProbeSaysSo() throws Exception {
    SpecBuilder spec = new SpecBuilder();
    spec.http = "http://a-name.example/";
    assertThat(output(new HttpProbe(spec.build(), 4096, network, new Timer(scheduled), LONG_NANOS)))
        .contains("this agent could not look: too much is under way");
  }

  @Test
  void aGrpcProbeSaysSo() throws Exception {
    assertThat(
            output(
                new GrpcProbe(
                    "a-name.example:1", null, 4096, network, new Timer(scheduled), LONG_NANOS)))
        .contains("this agent could not look: too much is under way");
  }
}
