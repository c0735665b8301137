package org.comitia.web.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.comitia.agent.Agent;
import org.comitia.web.memory.MemoryAgent;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private final Probes probes = new Probes();
  private Throwable problem;
  private Agent.Health health;

  {
    probes.agent =
        new MemoryAgent() {
          @Override
          public Health health() {
            if (problem instanceof RuntimeException e) {
              throw e;
            }
            if (problem instanceof Error e) {
              throw e;
            }
            return health;
          }
        };
  }

  @Test
  void tellsWhatTheEngineSays() {
    health = new Agent.Health(true, true, false, Map.of("reason", "no leader"));
    assertThat(probes.live().call().getStatus()).isEqualTo(Status.UP);
    assertThat(probes.started().call().getStatus()).isEqualTo(Status.UP);
    HealthCheckResponse ready = probes.ready().call();
    assertThat(ready.getName()).isEqualTo("comitia");
    assertThat(ready.getStatus()).isEqualTo(Status.DOWN);
    assertThat(ready.getData()).contains(Map.of("reason", "no leader"));
  }

  /** One that throws would make the server's answer UP and hide every check's word. */
  @Test
  void isDownWithTheReasonWhenTheEngineCannotBeAsked() {
    List<HealthCheck> all = List.of(probes.live(), probes.ready(), probes.started());
    for (Throwable one : List.of(new IllegalStateException("gone"), new StackOverflowError())) {
      problem = one;
      for (HealthCheck check : all) {
        HealthCheckResponse response = check.call();
        assertThat(response.getName()).isEqualTo("comitia");
        assertThat(response.getStatus()).isEqualTo(Status.DOWN);
        assertThat(response.getData().orElseThrow().get("reason").toString())
            .contains("cannot be asked", one.getClass().getSimpleName());
      }
    }
  }
}
