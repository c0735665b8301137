package org.comitia.membership;

import java.util.List;
import java.util.function.Consumer;
import org.jgroups.Address;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.util.MessageBatch;

/**
 * FD_ALL3, which until the next view keeps when it last heard of each sender, and to which any
 * message is a sign of life. Here it heeds members only: each of them has its entry from the view
 * on. And it heeds heartbeats only: these go to the members of the sender's view, so whoever has
 * none of a member is not in that member's view any more, though the two may still talk. A member
 * that was frozen while the others went on without it would hold its old view for ever, since they
 * acknowledge what it sends. Safe for any thread.
 */
final class MembersHeartbeats extends FD_ALL3 {
  private final Consumer<Address> heard;

  /**
   * @param heard told of each heartbeat of a member, on a channel thread
   */
  MembersHeartbeats(Consumer<Address> heard) {
    this.heard = heard;
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(FD_ALL3.class));
  }

  /** Else a message to all would take the next heartbeat's place, as it may where it counts. */
  @Override
  public Object down(Message message) {
    return down_prot.down(message);
  }

  @Override
  public Object up(Message message) {
    return message.getHeader(id) == null ? up_prot.up(message) : super.up(message);
  }

  @Override
  public void up(MessageBatch batch) {
    if (batch.anyMatch(message -> message.getHeader(id) != null)) {
      super.up(batch);
    } else {
      up_prot.up(batch);
    }
  }

  /** All members of a merged view have just taken part: what was missed before means nothing. */
  @Override
  protected void handleViewChange(View view) {
    if (view instanceof MergeView) {
      synchronized (this) {
        timestamps.clear();
        suspected_mbrs.clear();
        has_suspected_mbrs = false;
      }
    }
    super.handleViewChange(view);
  }

  /**
   * @param ofView whether a view makes the entry, not a heartbeat
   */
  @Override
  protected void update(Address sender, boolean heartbeat, boolean ofView) {
    if (ofView || (sender != null && timestamps.containsKey(sender))) {
      super.update(sender, heartbeat, ofView);
      if (!ofView) {
        heard.accept(sender);
      }
    }
  }

  /**
   * FD_ALL3 asks for this on its timer too, and holds another monitor than who changes the members
   * meanwhile: while they are being put in anew, an entry could be lost, and without one a member
   * is not heard here, and so never suspected.
   *
   * @param mbrs the members themselves, not a copy
   */
  @Override
  protected synchronized void retainKeys(List<Address> mbrs) {
    super.retainKeys(mbrs);
  }
}
