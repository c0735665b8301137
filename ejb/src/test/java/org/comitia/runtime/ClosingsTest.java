package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingsTest {
  private final List<String> closed = new ArrayList<>();
  private final Closings closings = new Closings();

  @Test
  void partsAreClosedInTheReverseOrderWhateverOneThrows() {
    closings.push(() -> closed.add("store"));
    closings.push(
        () -> {
          throw new IllegalStateException("struck by the test");
        });
    closings.push(() -> closed.add("port"));
    closings.closeAll();
    assertThat(closed).containsExactly("port", "store");
    closings.closeAll();
    assertThat(closed).hasSize(2);
  }

  @Test
  void whatAStartStillStartsAfterTheStopIsClosedAtOnce() {
    closings.closeAll();
    closings.push(() -> closed.add("late"));
    assertThat(closed).containsExactly("late");
  }

  @Test
  void whatIsStartedWhileAnotherIsClosedIsClosedToo() {
    closings.push(() -> closings.push(() -> closed.add("meanwhile")));
    closings.closeAll();
    assertThat(closed).containsExactly("meanwhile");
  }
}
