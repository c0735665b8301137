package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.comitia.runtime.NodeState.NotRunning;
import org.junit.jupiter.api.Test;

class NodeStateTest {
  @Test
  void whatStartsIsNotReady() {
    assertThat(NotRunning.starting("starting").health(true).ready()).isFalse();
    assertThat(NotRunning.starting("starting").health(false).live()).isTrue();
  }

  @Test
  void aRefusedNodeIsReadyOnlyWhereThatIsSaidAndToldWhyInEachCase() {
    assertThat(NotRunning.refused("port taken", false).health(true).ready()).isFalse();
    assertThat(NotRunning.refused("port taken", true).health(true).ready()).isTrue();
    assertThat(NotRunning.refused("port taken", true).health(true).data())
        .containsEntry("reason", "port taken");
  }

  @Test
  void aRefusedNodeIsDeadOnlyInAProcessOfItsOwn() {
    assertThat(NotRunning.refused("port taken", true).health(true).live()).isTrue();
    assertThat(NotRunning.refused("port taken", true).health(false).live()).isFalse();
  }
}
