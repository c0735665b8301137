package org.comitia.it.spring;

import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Says what the application sees: its configuration and the other services' instances. */
@RestController
@RefreshScope
public class OrdersController {
  private final DiscoveryClient discovery;
  private final LoadBalancerClient balancer;
  private final String greeting;

  public OrdersController(
      DiscoveryClient discovery,
      LoadBalancerClient balancer,
      @Value("${greeting:none}") String greeting) {
    this.discovery = discovery;
    this.balancer = balancer;
    this.greeting = greeting;
  }

  @GetMapping("/greeting")
  public String greeting() {
    return greeting;
  }

  @GetMapping("/services")
  public List<String> services() {
    return discovery.getServices();
  }

  /** Each instance as {@code host:port}. */
  @GetMapping("/instances/{service}")
  public List<String> instances(@PathVariable("service") String service) {
    return discovery.getInstances(service).stream()
        .map(instance -> instance.getHost() + ":" + instance.getPort())
        .sorted()
        .toList();
  }

  /** The instance that the load balancer picks. */
  @GetMapping("/choice/{service}")
  public String choice(@PathVariable("service") String service) {
    var instance = balancer.choose(service);
    return instance == null ? "none" : instance.getHost() + ":" + instance.getPort();
  }
}
