package org.comitia.web.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.agent.local.LocalServices;
import org.comitia.state.Check;
import org.comitia.state.Service;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstanceHealthTest {
  private static final Service WEB =
      new Service("n1", "web", "web", List.of(), "", Map.of(), Map.of(), 1, 1, 1, false, 0, 0);

  /** Each check is {@code id=service/status}. */
  @ParameterizedTest
  @CsvSource({
    "'', passing, 200",
    "a=web/passing, passing, 200",
    "a=web/passing b=web/warning, warning, 429",
    "a=web/critical b=web/warning, critical, 503",
    "a=/warning, warning, 429",
    "a=other/critical, passing, 200",
    "a=WEB/critical, critical, 503",
    "a=web/passing _node_maintenance=/critical, maintenance, 503",
    "_service_maintenance:web=web/critical, maintenance, 503",
    "_service_maintenance:other=other/critical, passing, 200",
  })
  void theWorstCountsAndMaintenanceMost(String checks, String status, int code) {
    TreeMap<String, Check> all = new TreeMap<>();
    for (String one : checks.split(" ")) {
      if (!one.isEmpty()) {
        String[] parts = one.split("[=/]");
        all.put(
            parts[0],
            new Check("n1", parts[0], "", parts[2], "", "", parts[1], "", List.of(), "", 0, 0));
      }
    }

    InstanceHealth health = InstanceHealth.of(WEB, new LocalServices.View(new TreeMap<>(), all));

    assertThat(health.status()).isEqualTo(status);
    assertThat(health.code()).isEqualTo(code);
  }
}
