package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jgroups.BytesMessage;
import org.jgroups.CompositeMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.FragmentedMessage;
import org.jgroups.LongMessage;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.NioMessage;
import org.jgroups.ObjectMessage;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.util.ByteArray;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.Util;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelMessagesTest {
  private static final String OBJECT = "a string that is sent as an object";

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
  void bytesPass() throws Exception {
    assertThat(throughTheWire(new BytesMessage(null, new byte[] {1, 2, 3})).getArray())
        .containsExactly(1, 2, 3);
    assertThat(throughTheWire(new BytesMessage(null)).getLength()).isZero();
  }

  @Test
  void aMessageOfBytesThatIsMarkedAsAnObjectIsNotRead() {
    assertThatThrownBy(() -> throughTheWire(new BytesMessage(null, (Object) OBJECT)))
        .isInstanceOf(IOException.class)
        .hasMessage("a message that is marked as a Java object is not read");
  }

  @Test
  void anObjectMessageIsReadForMissingNumbersOnly() {
    assertThatThrownBy(() -> throughTheWire(new ObjectMessage(null, OBJECT)))
        .isInstanceOf(IOException.class)
        .hasMessage("a message that is marked as a Java object is not read");
    assertThatThrownBy(() -> throughTheWire(new ObjectMessage(null, new java.util.Date())))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> throughTheWire(new ObjectMessage(null, new org.jgroups.util.UUID())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of class number")
        .hasMessageContaining("is not read");
  }

  @Test
  void noOtherKindOfMessageIsMade() {
    for (Message message :
        new Message[] {
          new NioMessage(null, ByteBuffer.wrap(new byte[1])),
          new LongMessage(null, 1),
          new CompositeMessage(null, new EmptyMessage()),
          new FragmentedMessage(new BytesMessage(null, new byte[1]), 0, 1),
        }) {
      assertThatThrownBy(() -> throughTheWire(message))
          .as(message.getClass().getSimpleName())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no creator found");
    }
    assertThatThrownBy(() -> MessageFactory.create(Message.EARLYBATCH_MSG))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theTablesHoldWhatTheStackNeedsAndNothingElse() throws Exception {
    Set<Integer> classes = new TreeSet<>();
    Object[] table = ChannelMessages.classes();
    for (int number = 0; number < table.length; number++) {
      if (table[number] != null) {
        classes.add(number);
      }
    }
    assertThat(classes).isEqualTo(new TreeSet<>(ChannelMessages.HEADERS));
    new AdmissionLayer(
        new Admission(
            org.comitia.wire.proto.AgentIdentity.getDefaultInstance(), "", Map.of(), Map.of()),
        (frame, refusal) -> {});
    java.lang.reflect.Field own = ClassConfigurator.class.getDeclaredField("magicMapUser");
    own.setAccessible(true);
    assertThat(((Map<?, ?>) own.get(null)).keySet()).hasToString("[" + IdentityHeader.MAGIC + "]");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, 13, 20, 51, 67, 88, 101, 1024})
  void aClassThatTheStackDoesNotUseIsNotMade(int number) {
    assertThatThrownBy(() -> ClassConfigurator.create((short) number))
        .isInstanceOfAny(ClassNotFoundException.class, IllegalArgumentException.class);
  }

  @Test
  void bytesThatAreOnlyAnnouncedAreNotAllocated() throws Exception {
    ByteArray bytes = Util.messageToBuffer(new BytesMessage(null, new byte[100]));
    int length = bytes.getLength();
    ByteBuffer.wrap(bytes.getArray()).putInt(length - 104, 101);
    assertThatThrownBy(() -> Util.messageFromBuffer(bytes.getArray(), 0, length))
        .isInstanceOf(IOException.class)
        .hasMessage("a message of 101 bytes where fewer are left");
  }

  @Test
  void missingNumbersThatAreOnlyAnnouncedAreNotAllocated() throws Exception {
    ByteArray bytes = Util.messageToBuffer(new ObjectMessage(null, new SeqnoList(128, 1)));
    int size = bytes.getLength() - 2 * Long.BYTES - Long.BYTES - Integer.BYTES;
    ByteBuffer wire = ByteBuffer.wrap(bytes.getArray());
    assertThat(wire.getInt(size)).isEqualTo(128);
    for (int bits : new int[] {129, -1}) {
      wire.putInt(size, bits);
      assertThatThrownBy(() -> Util.messageFromBuffer(bytes.getArray(), 0, bytes.getLength()))
          .isInstanceOf(IOException.class)
          .hasMessage("a list of " + bits + " missing numbers where fewer are left");
    }
  }

  private static Message throughTheWire(Message message) throws Exception {
    ByteArray bytes = Util.messageToBuffer(message);
    return Util.messageFromBuffer(bytes.getArray(), bytes.getOffset(), bytes.getLength());
  }
}
