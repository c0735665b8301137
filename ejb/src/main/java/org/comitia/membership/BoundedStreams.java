package org.comitia.membership;

import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.NAKACK4;
import org.jgroups.protocols.UNICAST4;
import org.jgroups.util.Buffer;
import org.jgroups.util.MessageBatch;

/**
 * UNICAST4, which begins a stream for whoever sends it a first message, and holds up to 2,048
 * messages of each until those before them have come. Who is in no view in common needs a stream
 * for the few messages of a join or a merge only: here it holds {@link #MAX_HELD} messages and
 * {@link #MAX_HELD_BYTES}, there are {@link #MAX_STRANGERS} of them, and one more ends the one that
 * was silent for longest. What is dropped is sent again: that is what UNICAST4 is for. Safe for any
 * thread.
 */
final class BoundedStreams extends UNICAST4 {
  /** Streams with agents that are not in the view; 105 lone ones may be merged at once. */
  static final int MAX_STRANGERS = 256;

  /** Messages of one such stream that wait for others. */
  static final int MAX_HELD = 16;

  /** Bytes of one such stream that wait; also the longest message of it. A view has a tenth. */
  static final int MAX_HELD_BYTES = 256 << 10;

  private static final short TO_ALL = ClassConfigurator.getProtocolId(NAKACK4.class);

  private final Strangers strangers = new Strangers(MAX_STRANGERS);

  BoundedStreams() {
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(UNICAST4.class));
  }

  /** Messages that wait for the first of their stream. */
  int withoutFirst() {
    return msg_cache.size();
  }

  private boolean isStranger(Address address) {
    return !address.equals(local_addr) && !members.contains(address);
  }

  @Override
  public Object up(Message message) {
    return isStranger(message.getSrc()) && isPastStreams(message) ? null : super.up(message);
  }

  /**
   * UNICAST4 lets through what says that it belongs to no stream. Members say so of pings and of
   * answers to who leaves; nothing that two who are in no view in common have to say is such. What
   * NAKACK4 has let through is a member's, of a view that is on its way here.
   */
  private boolean isPastStreams(Message message) {
    return message.isFlagSet(Message.Flag.NO_RELIABILITY)
        || (message.getHeader(id) == null && message.getHeader(TO_ALL) == null);
  }

  @Override
  public void up(MessageBatch batch) {
    Address sender = batch.sender();
    if (sender == null || !isStranger(sender)) {
      super.up(batch);
      return;
    }
    for (Message message : batch) {
      up(message);
    }
  }

  @Override
  protected void handleDataReceived(
      Address sender, long seqno, short connection, boolean first, Message message) {
    if (!isStranger(sender)) {
      super.handleDataReceived(sender, seqno, connection, first, message);
      return;
    }
    if (message.getLength() > MAX_HELD_BYTES) {
      return;
    }
    note(sender);
    // Without a first message it asks for that one; the others come again after it.
    ReceiverEntry stream = getReceiverEntry(sender, seqno, first, connection, message.getDest());
    if (stream != null && hasRoom(stream.buf(), seqno, message)) {
      super.handleDataReceived(sender, seqno, connection, first, message);
    }
  }

  /** The next in order always has: it is delivered at once, and others may be after it. */
  private static boolean hasRoom(Buffer<Message> waiting, long seqno, Message message) {
    if (seqno == waiting.highestDelivered() + 1 || waiting.size() == 0) {
      return true;
    }
    if (waiting.size() >= MAX_HELD) {
      return false;
    }
    long bytes = message.getLength();
    for (Message held : waiting) {
      bytes += held == null ? 0 : held.getLength();
    }
    return bytes <= MAX_HELD_BYTES;
  }

  /** What this agent sends to who is not in the view is kept until it is acknowledged. */
  @Override
  protected SenderEntry getSenderEntry(Address to) {
    if (isStranger(to)) {
      note(to);
    }
    return super.getSenderEntry(to);
  }

  private void note(Address stranger) {
    for (Address silent : strangers.note(stranger)) {
      if (!isStranger(silent)) {
        continue;
      }
      recv_table.remove(silent);
      removeSendConnection(silent);
      cached_batches.remove(silent);
      xmit_task_map.remove(silent);
      last_sync_sent.remove(silent);
    }
  }
}
