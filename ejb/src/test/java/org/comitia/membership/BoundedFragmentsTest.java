package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.protocols.FragHeader;
import org.jgroups.stack.Protocol;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BoundedFragmentsTest {
  private static final Address SENDER = new UUID(0, 1);

  private final List<Message> whole = new ArrayList<>();
  private final BoundedFragments fragments = new BoundedFragments();

  @BeforeEach
  void above() {
    fragments.setUpProtocol(
        new Protocol() {
          @Override
          public Object up(Message msg) {
            whole.add(msg);
            return null;
          }

          @Override
          public Object up(Event event) {
            return null;
          }
        });
  }

  @Test
  void aMessageIsPutTogetherAndForgotten() {
    begin(SENDER, 1, 10);
    assertThat(fragments.unfinished()).isEqualTo(1);
    end(SENDER, 1, 5);
    assertThat(fragments.unfinished()).isZero();
    assertThat(whole).hasSize(1);
    assertThat(whole.get(0).getLength()).isEqualTo(15);
  }

  @Test
  void ofOneSendersUnfinishedMessagesTheEldestIsGivenUpWhenThereIsOneTooMany() {
    for (int id = 0; id < 16; id++) {
      begin(SENDER, id, 1);
    }
    begin(new UUID(0, 2), 0, 1);
    assertThat(fragments.unfinished()).isEqualTo(17);
    begin(SENDER, 16, 1);
    assertThat(fragments.unfinished()).isEqualTo(17);
    end(SENDER, 1, 1);
    end(SENDER, 16, 1);
    end(new UUID(0, 2), 0, 1);
    assertThat(whole).hasSize(3);
    end(SENDER, 0, 1);
    assertThat(whole).hasSize(3);
  }

  @Test
  void ofAllUnfinishedMessagesTheEldestIsGivenUpWhenTheyAreTooMany() {
    for (int sender = 0; sender < 64; sender++) {
      for (int id = 0; id < 16; id++) {
        begin(new UUID(1, sender), id, 1);
      }
    }
    assertThat(fragments.unfinished()).isEqualTo(1024);
    begin(SENDER, 1, 1);
    assertThat(fragments.unfinished()).isEqualTo(1024);
    end(new UUID(1, 0), 1, 1);
    assertThat(whole).hasSize(1);
    end(new UUID(1, 0), 0, 1);
    assertThat(whole).hasSize(1);
  }

  @Test
  void ofAllUnfinishedMessagesTheEldestIsGivenUpWhenTheyAreTooLong() {
    byte[] megabyte = new byte[1 << 20];
    for (int sender = 0; sender < 64; sender++) {
      begin(new UUID(1, sender), 1, megabyte);
    }
    assertThat(fragments.unfinished()).isEqualTo(64);
    begin(SENDER, 1, 1);
    assertThat(fragments.unfinished()).isEqualTo(64);
    end(SENDER, 1, 1);
    assertThat(whole).hasSize(1);
  }

  @Test
  void whatAMemberThatLeftHadBegunIsForgotten() {
    fragments.up(new Event(Event.VIEW_CHANGE, view(SENDER)));
    begin(SENDER, 1, 1);
    fragments.up(new Event(Event.VIEW_CHANGE, view(new UUID(0, 2))));
    assertThat(fragments.unfinished()).isZero();
  }

  private static View view(Address member) {
    return new View(new ViewId(member, 1), List.of(member));
  }

  private void begin(Address sender, long id, int length) {
    begin(sender, id, new byte[length]);
  }

  private void begin(Address sender, long id, byte[] bytes) {
    fragments.up(fragment(sender, id, 0, bytes));
  }

  private void end(Address sender, long id, int length) {
    fragments.up(fragment(sender, id, 1, new byte[length]));
  }

  private Message fragment(Address sender, long id, int number, byte[] bytes) {
    return new BytesMessage(null, bytes)
        .setSrc(sender)
        .putHeader(fragments.getId(), new FragHeader(id, number, 2));
  }
}
