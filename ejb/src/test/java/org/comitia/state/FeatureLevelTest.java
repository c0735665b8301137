package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FeatureLevelTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult raise(int level) {
    return machine.apply(++index, new Command.RaiseLevel(level));
  }

  @Test
  void itRisesOneAtATimeAndNeverGoesBack() {
    assertThat(machine.version().level()).isZero();
    assertThat(raise(2)).isEqualTo(new CommandResult.Done(false));
    assertThat(raise(0)).isEqualTo(new CommandResult.Done(false));
    assertThat(machine.version().level()).isZero();
    assertThat(raise(1)).isEqualTo(new CommandResult.Done(true));
    assertThat(machine.version().level()).isEqualTo(1);
    assertThat(raise(1)).isEqualTo(new CommandResult.Done(false));
    assertThat(raise(2)).isEqualTo(new CommandResult.Done(true));
    assertThat(raise(1)).isEqualTo(new CommandResult.Done(false));
    assertThat(machine.version().level()).isEqualTo(2);
    assertThat(machine.version().indexes())
        .containsEntry("feature-level-1", 3L)
        .containsEntry("feature-level-2", 5L)
        .hasSize(2);
  }

  @Test
  void itOutlivesOtherCommandsAndIsFoundInTheTables() {
    raise(1);
    String before = StateDigest.of(machine.version());
    machine.apply(++index, new Command.KvPut("k", new byte[] {1}, 0, null));
    StateVersion version = machine.version();
    assertThat(version.level()).isEqualTo(1);
    StateVersion loaded = new StateVersion(version.appliedIndex(), version.tables());
    assertThat(loaded.level()).isEqualTo(1);
    assertThat(loaded.bytes()).isEqualTo(version.bytes());
    assertThat(StateDigest.of(loaded)).isEqualTo(StateDigest.of(version)).isNotEqualTo(before);
  }

  /** Tables of a newer version: the level is told as it is, so that they can be refused. */
  @Test
  void aHigherLevelThanIsKnownIsSeenInTheTables() {
    for (int level = 1; level <= FeatureLevel.KNOWN + 2; level++) {
      raise(level);
    }
    StateVersion version = machine.version();
    assertThat(new StateVersion(index, version.tables()).level()).isEqualTo(FeatureLevel.KNOWN + 2);
  }

  @Test
  void nobodyWhoWaitsIsWokenAndNoAnswersIndexMoves() {
    machine.apply(++index, new Command.KvPut("k", new byte[] {1}, 0, null));
    Query.KvList keys = new Query.KvList("");
    Query.Nodes nodes = new Query.Nodes(Map.of());
    long ofKeys = machine.evaluate(keys).index();
    long ofNodes = machine.evaluate(nodes).index();
    boolean[] woken = new boolean[2];
    machine.watches().register(keys, () -> woken[0] = true);
    machine.watches().register(nodes, () -> woken[1] = true);
    raise(1);
    assertThat(woken).containsExactly(false, false);
    assertThat(machine.evaluate(keys).index()).isEqualTo(ofKeys);
    assertThat(machine.evaluate(nodes).index()).isEqualTo(ofNodes);
  }
}
