package org.comitia.membership;

import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.util.MessageBatch;

/**
 * VERIFY_SUSPECT2, which answers whoever asks whether this agent is alive. A member that was frozen
 * while the others went on without it, or whose view never came to them, has no heartbeats of them
 * and asks; answered, it would hold its old view for ever, and a coordinator that holds one meets
 * nobody of it. Here only members of the view are answered and believed: who asks in vain lets the
 * others go, and the groups that are left merge as any two. Safe for any thread.
 */
final class MembersVerified extends VERIFY_SUSPECT2 {
  private volatile View view;

  MembersVerified() {
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(VERIFY_SUSPECT2.class));
  }

  @Override
  public Object down(Event event) {
    if (event.getType() == Event.VIEW_CHANGE) {
      view = event.getArg();
      if (view instanceof MergeView) {
        // All its members have just taken part, and now they answer who is in it: what was asked
        // before could not be answered.
        synchronized (this) {
          suspects.clear();
        }
      }
    }
    return super.down(event);
  }

  @Override
  public Object up(Event event) {
    if (event.getType() == Event.UNSUSPECT) {
      heard(event.getArg());
    }
    return super.up(event);
  }

  /** A sign of life: whoever has asked about that member has its answer. */
  void heard(Address member) {
    removeSuspect(member);
  }

  @Override
  public Object up(Message message) {
    return isOutside(message) ? null : super.up(message);
  }

  @Override
  public void up(MessageBatch batch) {
    batch.removeIf(this::isOutside, true);
    super.up(batch);
  }

  private boolean isOutside(Message message) {
    View own = view;
    return message.getHeader(id) != null && (own == null || !own.containsMember(message.getSrc()));
  }
}
