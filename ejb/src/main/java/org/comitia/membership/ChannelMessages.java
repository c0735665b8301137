package org.comitia.membership;

import java.io.DataInput;
import java.io.IOException;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.ObjectMessage;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.SizeStreamable;

/**
 * Which kinds of messages the channel reads. JGroups would let a stranger name any class in an
 * object message, Java serialization included. Our stack needs one: the list of missing numbers in
 * a request to retransmit. The kinds that nest other messages are not needed either.
 */
final class ChannelMessages extends MessageFactory {
  private ChannelMessages() {}

  /** For all channels of this class loader; doing it again changes nothing. */
  static void restrict() {
    creators[Message.OBJ_MSG] = MissingNumbers::new;
    creators[Message.COMPOSITE_MSG] = null;
    creators[Message.EARLYBATCH_MSG] = null;
  }

  /** An object message that reads one class only. */
  static final class MissingNumbers extends ObjectMessage {
    private static final short NUMBERS = ClassConfigurator.getMagicNumber(SeqnoList.class);

    @Override
    public void readPayload(DataInput in) throws IOException, ClassNotFoundException {
      if (in.readByte() == 0) {
        setObject((SizeStreamable) null);
        return;
      }
      short magic = in.readShort();
      if (magic != NUMBERS) {
        throw new IOException("an object message of class number " + magic + " is not read");
      }
      SeqnoList numbers = new SeqnoList();
      numbers.readFrom(in);
      setObject((SizeStreamable) numbers);
    }
  }
}
