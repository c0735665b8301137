package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.Test;

class OldViewsTest {
  private final Address a = new UUID(0, 1);
  private final Address b = new UUID(0, 2);
  private final View own = view(7);
  private final ViewId older = new ViewId(a, 5);
  private long now;
  private final OldViews old = new OldViews(() -> now);

  private View view(long id) {
    return new View(a, id, List.of(a, b));
  }

  private boolean later(View current, ViewId held) {
    now += OldViews.APART_NANOS;
    return old.isMissed(current, b, held);
  }

  @Test
  void whoHoldsTheSameOlderViewForAWhileHasMissedTheOwnOne() {
    assertThat(old.isMissed(own, b, older)).isFalse();
    now += OldViews.APART_NANOS - 1;
    assertThat(old.isMissed(own, b, older)).isFalse();
    now++;
    assertThat(old.isMissed(own, b, older)).isTrue();
    assertThat(old.isMissed(own, b, older)).as("begins anew").isFalse();
    assertThat(later(own, older)).isTrue();
  }

  @Test
  void aViewThatIsUnderWayIsNotMissed() {
    assertThat(old.isMissed(own, b, older)).isFalse();
    assertThat(later(view(8), older)).as("the own view has changed").isFalse();
    assertThat(later(view(9), older)).as("and again").isFalse();
    assertThat(later(view(9), new ViewId(a, 6))).as("the other's has").isFalse();
    assertThat(later(view(9), new ViewId(a, 9))).as("it is there").isFalse();
    assertThat(later(view(9), new ViewId(a, 6))).as("of an earlier time").isFalse();
  }

  @Test
  void onlyOlderViewsOfMembersCount() {
    ViewId newer = new ViewId(b, 8);
    ViewId elsewhere = new ViewId(b, 7);
    Address stranger = new UUID(0, 3);
    for (int i = 0; i < 3; i++) {
      assertThat(later(own, newer)).isFalse();
      assertThat(later(own, elsewhere)).isFalse();
      assertThat(old.isMissed(own, stranger, older)).isFalse();
    }
  }
}
