package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.StateMark;
import org.comitia.raft.participant.Confirmation;
import org.comitia.state.Command.CompareDigest;
import org.junit.jupiter.api.Test;

class StateComparisonTest {
  private final List<StateMark> said = new ArrayList<>();
  private final List<Long> found = new ArrayList<>();
  private final List<Confirmation> kept = new ArrayList<>();
  private final StateComparison comparison = comparison(0);

  private StateComparison comparison(long divergedAt) {
    return comparison(divergedAt, Confirmation.NONE);
  }

  private StateComparison comparison(long divergedAt, Confirmation before) {
    return new StateComparison(
        divergedAt,
        before,
        new StateComparison.Reports() {
          @Override
          public void marked(StateMark mark) {
            said.add(mark);
          }

          @Override
          public void diverged(long index) {
            found.add(index);
          }

          @Override
          public void confirmed(Confirmation known) {
            kept.add(known);
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
  void whatARestartIsToKnowIsSaidOfTheStateThatIsSaved() {
    comparison.keep(9, 70);
    assertThat(kept).as("never compared").isEmpty();
    comparison.applied(10, new CompareDigest(0, 0), 77);
    comparison.applied(12, new CompareDigest(10, 77), 99);
    comparison.keep(12, 99);
    comparison.keep(20, 98);
    assertThat(kept).containsExactly(new Confirmation(12, 99, 12), new Confirmation(20, 98, 12));
    comparison.applied(22, new CompareDigest(0, 0), 98);
    comparison.applied(23, new CompareDigest(22, 97), 98);
    comparison.keep(23, 98);
    assertThat(kept).as("found to differ").hasSize(2);
  }

  @Test
  void theSameStateIsAsRightAsBeforeARestartAndNoOther() {
    Confirmation before = new Confirmation(20, 98, 12);
    StateComparison same = comparison(0, before);
    same.reached(19, 98);
    assertThat(same.confirmedAt()).isZero();
    same.reached(20, 98);
    assertThat(same.confirmedAt()).isEqualTo(12);
    StateComparison another = comparison(0, before);
    another.reached(20, 99);
    another.reached(21, 98);
    assertThat(another.confirmedAt()).isZero();
    StateComparison differs = comparison(9, before);
    differs.reached(20, 98);
    assertThat(differs.confirmedAt()).isZero();
  }

  @Test
  void aRestartRemembers() {
    assertThat(comparison(9).withheld()).contains("COM3070", "entry 9");
  }
}
