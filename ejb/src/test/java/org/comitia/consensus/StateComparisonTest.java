package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.StateMark;
import org.comitia.state.Command.CompareDigest;
import org.junit.jupiter.api.Test;

class StateComparisonTest {
  private final List<StateMark> said = new ArrayList<>();
  private final List<Long> found = new ArrayList<>();
  private final StateComparison comparison = comparison(0);

  private StateComparison comparison(long divergedAt) {
    return new StateComparison(
        divergedAt,
        new StateComparison.Reports() {
          @Override
          public void marked(StateMark mark) {
            said.add(mark);
          }

          @Override
          public void diverged(long index) {
            found.add(index);
          }
        });
  }

  @Test
  void anEqualStateIsConfirmed() {
    comparison.applied(10, new CompareDigest(0, 0), 77);
    comparison.applied(12, new CompareDigest(10, 77), 99);
    assertThat(said).containsExactly(new StateMark(10, 77));
    assertThat(comparison.confirmedAt()).isEqualTo(12);
    assertThat(comparison.withheld()).isEmpty();
    assertThat(found).isEmpty();
  }

  @Test
  void anotherStateIsFoundAndNothingMoreIsSaidOfIt() {
    comparison.applied(10, new CompareDigest(0, 0), 77);
    comparison.applied(12, new CompareDigest(10, 78), 77);
    assertThat(found).containsExactly(12L);
    assertThat(comparison.isDiverged()).isTrue();
    assertThat(comparison.withheld()).contains("COM3070", "entry 12");
    assertThat(comparison.confirmedAt()).isZero();
    assertThat(said).endsWith(StateMark.NONE);
  }

  @Test
  void whatWasNotNotedIsNotCompared() {
    comparison.applied(12, new CompareDigest(10, 78), 77);
    comparison.applied(13, new CompareDigest(0, 0), 77);
    comparison.applied(14, new CompareDigest(10, 78), 77);
    assertThat(found).isEmpty();
    assertThat(comparison.confirmedAt()).isZero();
  }

  @Test
  void aSnapshotBringsWhatItsGiverKnew() {
    comparison.applied(10, new CompareDigest(0, 0), 77);
    comparison.applied(12, new CompareDigest(10, 78), 77);
    comparison.mended(15);
    assertThat(comparison.isDiverged()).isFalse();
    assertThat(comparison.confirmedAt()).isEqualTo(15);
    comparison.applied(20, new CompareDigest(10, 77), 5); // of the state before
    assertThat(comparison.isDiverged()).isFalse();
  }

  @Test
  void aRestartRemembers() {
    assertThat(comparison(9).withheld()).contains("COM3070", "entry 9");
  }
}
