package org.comitia.consensus;

import org.comitia.raft.StateMark;
import org.comitia.raft.participant.Confirmation;

/** What is known of a state by whom no test asks. */
final class Comparisons {
  private Comparisons() {}

  static StateComparison none() {
    return new StateComparison(
        0,
        Confirmation.NONE,
        new StateComparison.Reports() {
          @Override
          public void marked(StateMark mark) {}

          @Override
          public void diverged(long index) {
            throw new AssertionError("found to differ at " + index);
          }

          @Override
          public void confirmed(Confirmation known) {}
        });
  }
}
