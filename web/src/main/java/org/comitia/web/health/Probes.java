package org.comitia.web.health;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.comitia.agent.Agent;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * The checks {@code comitia} of MicroProfile Health. What they say is the engine's word; the data
 * tells in words why this node is not ready.
 */
@ApplicationScoped
public class Probes {
  @Inject Agent agent;

  @Produces
  @Liveness
  HealthCheck live() {
    return () -> answer(Agent.Health::live);
  }

  @Produces
  @Readiness
  HealthCheck ready() {
    return () -> answer(Agent.Health::ready);
  }

  @Produces
  @Startup
  HealthCheck started() {
    return () -> answer(Agent.Health::started);
  }

  /** Never throws: one check that does makes Liberty answer UP and show no check at all. */
  private HealthCheckResponse answer(Predicate<Agent.Health> up) {
    try {
      Agent.Health health = agent.health();
      return response(up.test(health), health.data());
    } catch (RuntimeException | Error e) {
      return response(
          false, Map.of("reason", "COM4026: this node cannot be asked how it is: " + e));
    }
  }

  private static HealthCheckResponse response(boolean up, Map<String, String> data) {
    return new HealthCheckResponse(
        "comitia", up ? Status.UP : Status.DOWN, Optional.of(new LinkedHashMap<>(data)));
  }
}
