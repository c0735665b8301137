package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.jgroups.Message;
import org.jgroups.ObjectMessage;
import org.jgroups.util.ByteArray;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.Util;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChannelMessagesTest {
  @BeforeEach
  void restrict() {
    ChannelMessages.restrict();
  }

  @Test
  void missingNumbersPass() throws Exception {
    SeqnoList numbers = new SeqnoList(10, 5).add(6, 7);
    Message read = throughTheWire(new ObjectMessage(null, numbers));
    assertThat((SeqnoList) read.getObject()).hasSize(2);
  }

  @Test
  void serializedObjectsAreNotRead() {
    assertThatThrownBy(() -> throughTheWire(new ObjectMessage(null, new java.util.Date())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not read");
  }

  private static Message throughTheWire(Message message) throws Exception {
    ByteArray bytes = Util.messageToBuffer(message);
    return Util.messageFromBuffer(bytes.getArray(), bytes.getOffset(), bytes.getLength());
  }
}
