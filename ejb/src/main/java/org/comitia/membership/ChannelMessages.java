package org.comitia.membership;

import java.io.DataInput;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Set;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.ObjectMessage;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.SizeStreamable;

/**
 * Which messages the channel reads. JGroups would let a stranger name any class, Java serialization
 * included: in an object message, in a message of bytes that is marked as an object, and by a
 * number in its table of classes. Our stack sends bytes, empty messages with headers, and one
 * object, the list of missing numbers in a request to retransmit; nothing else is made here. No
 * length that a message announces is allocated before that many bytes are there.
 */
final class ChannelMessages extends MessageFactory {
  /**
   * The headers of our stack: FRAG2, discovery, GMS, the transport, heartbeats, MERGE3,
   * VERIFY_SUSPECT2, NAKACK4, UNICAST4. Where a class is read by the number of another kind, our
   * stack has none.
   */
  static final Set<Integer> HEADERS = Set.of(52, 53, 55, 60, 62, 75, 94, 99, 100);

  private ChannelMessages() {}

  /**
   * For all channels of this class loader; doing it again changes nothing.
   *
   * @throws IllegalStateException when this version of JGroups keeps its table elsewhere
   */
  static void restrict() {
    Arrays.fill(creators, null);
    creators[Message.BYTES_MSG] = PlainBytes::new;
    creators[Message.EMPTY_MSG] = EmptyMessage::new;
    creators[Message.OBJ_MSG] = MissingNumbers::new;
    Object[] classes = classes();
    for (int number = 0; number < classes.length; number++) {
      if (!HEADERS.contains(number)) {
        classes[number] = null;
      }
    }
  }

  /** What JGroups makes by number; application numbers are kept elsewhere. */
  static Object[] classes() {
    try {
      Field table = ClassConfigurator.class.getDeclaredField("magicMap");
      table.setAccessible(true);
      return (Object[]) table.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "the table of what JGroups makes from a stranger's bytes cannot be restricted", e);
    }
  }

  private static void refuseObject(Message message) throws IOException {
    if (message.isFlagSet(Message.Flag.SERIALIZED)) {
      throw new IOException("a message that is marked as a Java object is not read");
    }
  }

  /** Bytes that are there, and nothing but bytes. */
  static final class PlainBytes extends BytesMessage {
    @Override
    public void readPayload(DataInput in) throws IOException {
      refuseObject(this);
      int length = in.readInt();
      if (length < 0) {
        return;
      }
      if (length > remaining(in)) {
        throw new IOException("a message of " + length + " bytes where fewer are left");
      }
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      setArray(bytes, 0, length);
    }
  }

  /** An object message that reads one class only. */
  static final class MissingNumbers extends ObjectMessage {
    private static final short NUMBERS = ClassConfigurator.getMagicNumber(SeqnoList.class);
    private static final int HEAD = Integer.BYTES + Long.BYTES;

    @Override
    public void readPayload(DataInput in) throws IOException, ClassNotFoundException {
      refuseObject(this);
      if (in.readByte() == 0) {
        setObject((SizeStreamable) null);
        return;
      }
      short magic = in.readShort();
      if (magic != NUMBERS) {
        throw new IOException("an object message of class number " + magic + " is not read");
      }
      checkLength(in);
      SeqnoList numbers = new SeqnoList();
      numbers.readFrom(in);
      setObject((SizeStreamable) numbers);
    }

    /** The list says first how many bits it has, and allocates them. */
    private static void checkLength(DataInput in) throws IOException {
      if (in instanceof ByteArrayDataInputStream frame) {
        int start = frame.position();
        int bits = frame.readInt();
        frame.position(start);
        long words = (bits + 63L) / 64;
        if (bits < 0 || HEAD + words * Long.BYTES > frame.available()) {
          throw new IOException("a list of " + bits + " missing numbers where fewer are left");
        }
      } else {
        throw new IOException("a list of missing numbers outside of a frame");
      }
    }
  }

  private static int remaining(DataInput in) {
    return in instanceof ByteArrayDataInputStream frame ? frame.available() : 0;
  }
}
