package org.comitia.web.health;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.util.function.Predicate;
import org.comitia.agent.Agent;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
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

  private HealthCheckResponse answer(Predicate<Agent.Health> up) {
    Agent.Health health = agent.health();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("comitia").status(up.test(health));
    health.data().forEach(response::withData);
    return response.build();
  }
}
