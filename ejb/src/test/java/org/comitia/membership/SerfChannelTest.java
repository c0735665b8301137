package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.Told;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Receiver;
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

  @Test
  void aFaultOfOursIsToldAsOneWithItsStackAndAFrameThatCannotBeReadIsNot() {
    List<LogRecord> told = new ArrayList<>();
    Handler handler = new Told(record -> told.add(record));
    Logger.getLogger("serf").addHandler(handler);
    try {
      RuntimeException fault = new NullPointerException("ours");
      Receiver receiver =
          SerfChannel.receiver(
              view -> {},
              (from, frame) -> {
                throw fault;
              });
      receiver.receive(new BytesMessage(null, new byte[] {1}).setSrc(a));
      assertThat(told).noneMatch(record -> record.getThrown() != null);
      receiver.receive(new BytesMessage(null, new byte[0]).setSrc(a));
      receiver.receive(new BytesMessage(null, new byte[0]).setSrc(a));
      assertThat(told)
          .filteredOn(record -> record.getMessage().startsWith("COM2027: "))
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.getLevel()).isEqualTo(Level.SEVERE);
                assertThat(record.getThrown()).isSameAs(fault);
              });
    } finally {
      Logger.getLogger("serf").removeHandler(handler);
    }
  }
}
