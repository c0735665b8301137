package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.stork.Stork;
import io.smallrye.stork.api.Service;
import io.smallrye.stork.api.ServiceDefinition;
import io.smallrye.stork.api.ServiceInstance;
import io.smallrye.stork.servicediscovery.consul.ConsulConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.comitia.it.Await;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** SmallRye Stork in plain Java: instances from Consul's health data, one picked in turn. */
@OnThreeServers
class StorkIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @BeforeAll
  static void initialize() {
    Stork.initialize();
  }

  @AfterAll
  static void shutdown() {
    Stork.shutdown();
  }

  @Test
  void instancesComeAreChosenInTurnAndGo(ThreeServers servers) throws Exception {
    Service payments =
        Stork.getInstance()
            .defineIfAbsent(
                "payments",
                ServiceDefinition.of(
                    new ConsulConfiguration()
                        .withConsulHost(servers.host(3))
                        .withConsulPort(Integer.toString(ThreeServers.PORT))
                        .withApplication("stork-payments")
                        .withUseHealthChecks("true")
                        .withRefreshPeriod("1s")))
            .getService("payments");
    try (LocalService first =
            new LocalService(servers.http(1), "stork-payments", "payments-1", "127.0.0.11", 9001);
        LocalService second =
            new LocalService(servers.http(2), "stork-payments", "payments-2", "127.0.0.12", 9002)) {
      first.passes();
      second.passes();
      awaitInstances(servers, payments, "127.0.0.11:9001", "127.0.0.12:9002");
      assertThat(instances(payments))
          .allSatisfy(
              instance -> {
                assertThat(instance.getLabels()).containsKey("it");
                assertThat(instance.getMetadata()).isNotNull();
              });
      Set<String> chosen = new TreeSet<>();
      for (int i = 0; i < 4; i++) {
        chosen.add(place(payments.selectInstance().await().atMost(LIMIT)));
      }
      assertThat(chosen).containsExactly("127.0.0.11:9001", "127.0.0.12:9002");

      first.fails();
      awaitInstances(servers, payments, "127.0.0.12:9002");
      first.passes();
      awaitInstances(servers, payments, "127.0.0.11:9001", "127.0.0.12:9002");
    }
    // Without any instance, Stork keeps the last ones that it found.
    try (LocalService third =
        new LocalService(servers.http(3), "stork-payments", "payments-3", "127.0.0.13", 9003)) {
      third.passes();
      awaitInstances(servers, payments, "127.0.0.13:9003");
    }
  }

  private static void awaitInstances(ThreeServers servers, Service service, String... places) {
    Await.until(
        "Stork finds " + List.of(places),
        LIMIT,
        () -> "it finds " + places(service) + "\n" + servers.tails(),
        () -> places(service).equals(new TreeSet<>(List.of(places))));
  }

  private static Set<String> places(Service service) {
    Set<String> places = new TreeSet<>();
    instances(service).forEach(instance -> places.add(place(instance)));
    return places;
  }

  private static List<ServiceInstance> instances(Service service) {
    return service.getInstances().await().atMost(LIMIT);
  }

  private static String place(ServiceInstance instance) {
    return instance.getHost() + ":" + instance.getPort();
  }
}
