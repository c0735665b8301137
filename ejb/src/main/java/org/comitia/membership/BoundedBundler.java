package org.comitia.membership;

import java.util.List;
import java.util.Set;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.PhysicalAddress;
import org.jgroups.View;
import org.jgroups.protocols.PerDestinationBundler;
import org.jgroups.util.ByteArrayDataOutputStream;

/**
 * JGroups' bundler: one queue for each address, one thread that sends. It keeps some 136 KiB for
 * each address that something was ever sent to and that was in no view; here the {@link
 * #MAX_STRANGERS} that were sent to last have a queue. What waits in the queue of one more is lost:
 * hellos are repeated, and what UNICAST4 sends is sent again. Safe for any thread.
 */
final class BoundedBundler extends PerDestinationBundler {
  /** Hosts are addresses of their own besides their channels; a join is of 64 at most. */
  static final int MAX_STRANGERS = 2 * Joining.MAX_JOIN;

  private final BoundedTcp tcp;
  private final Runnable onView;
  private final Strangers strangers = new Strangers(MAX_STRANGERS);
  private volatile Set<Address> inView = Set.of();

  /**
   * @param onView told of each view, before the connections of who is in none are closed
   */
  BoundedBundler(BoundedTcp tcp, Runnable onView) {
    this.tcp = tcp;
    this.onView = onView;
  }

  /** Addresses that have a queue. */
  Set<Address> addresses() {
    return Set.copyOf(dests.keySet());
  }

  @Override
  public void start() {
    super.start();
    // It believes that its thread is the only one that sends; who dials sends as well.
    tcp.useLockToSend(true);
  }

  @Override
  public void viewChange(View view) {
    super.viewChange(view);
    inView = Set.copyOf(view.getMembers());
    onView.run();
  }

  @Override
  public void send(Message message) throws Exception {
    Address to = message.getDest();
    if (to != null && !inView.contains(to)) {
      note(to);
    }
    super.send(message);
  }

  private void note(Address stranger) {
    for (Address silent : strangers.note(stranger)) {
      if (!inView.contains(silent)) {
        dests.remove(silent);
      }
    }
  }

  /** To a host each goes alone: there are few, and not all of them may dial. */
  @Override
  protected void sendMultiple(
      Address to, Address from, List<Message> messages, ByteArrayDataOutputStream out)
      throws Exception {
    if (!(to instanceof PhysicalAddress)) {
      super.sendMultiple(to, from, messages, out);
      return;
    }
    for (Message message : messages) {
      out.position(0);
      sendSingle(to, message, out);
    }
  }

  /** What may not block goes where a connection is. */
  @Override
  protected void sendSingle(Address to, Message message, ByteArrayDataOutputStream out)
      throws Exception {
    if (!(to instanceof PhysicalAddress)
        || !message.isFlagSet(Message.TransientFlag.DONT_BLOCK)
        || tcp.isConnectedTo(to)) {
      super.sendSingle(to, message, out);
    }
  }
}
