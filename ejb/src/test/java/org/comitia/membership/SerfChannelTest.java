package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.Test;

class SerfChannelTest {
  private final Address a = new UUID(0, 1);
  private final Address b = new UUID(0, 2);
  private final Address c = new UUID(0, 3);
  private final Address d = new UUID(0, 4);

  private static View view(long id, Address... members) {
    return new View(members[0], id, List.of(members));
  }

  @Test
  void aCoordinatorSpeaksForItsView() {
    assertThat(SerfChannel.speaker(view(1, a, b), view(1, c, d), d)).isEqualTo(c);
  }

  /** b was merged with a, and a with c before c knew of b. */
  @Test
  void aMemberThatWasLeftBehindSpeaksForItself() {
    assertThat(SerfChannel.speaker(view(2, c, a), view(1, a, b), b)).isEqualTo(b);
  }

  @Test
  void aMemberThatWasExpelledSpeaksForItself() {
    assertThat(SerfChannel.speaker(view(2, a, c), view(1, a, b, c), b)).isEqualTo(b);
  }
}
