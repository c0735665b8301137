package org.comitia.web.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.comitia.cluster.ServerHealth;
import org.junit.jupiter.api.Test;

class ClusterHealthTest {
  /** Of each letter a server: V a voter, L a learner, small when it is not healthy. */
  private static ClusterHealth of(String servers) {
    List<ServerHealth> all = new ArrayList<>();
    for (char c : servers.toCharArray()) {
      boolean voter = Character.toUpperCase(c) == 'V';
      boolean healthy = Character.isUpperCase(c);
      all.add(new ServerHealth("id", "n", "a", null, "", false, voter, 0, 0, 0, healthy, 0));
    }
    return ClusterHealth.of(all);
  }

  @Test
  void whatMayStillBeLostCountsHealthyVoters() {
    assertThat(of("V").tolerance()).isZero();
    assertThat(of("VV").tolerance()).isZero();
    assertThat(of("VVV").tolerance()).isEqualTo(1);
    assertThat(of("VVv").tolerance()).isZero();
    assertThat(of("Vvv").tolerance()).isZero();
    assertThat(of("VVVV").tolerance()).isEqualTo(1);
    assertThat(of("VVVVV").tolerance()).isEqualTo(2);
    assertThat(of("VVVVvL").tolerance()).isEqualTo(1);
  }

  @Test
  void itIsHealthyWhenEachServerIs() {
    assertThat(of("VVVL").healthy()).isTrue();
    assertThat(of("VVVl").healthy()).isFalse();
    assertThat(of("VVv").healthy()).isFalse();
  }
}
