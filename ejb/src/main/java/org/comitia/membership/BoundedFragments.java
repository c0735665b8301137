package org.comitia.membership;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.FragHeader;

/**
 * FRAG2, which keeps the fragments of each message that was begun until all have come. Here they
 * are bounded: {@link #MAX_OF_SENDER} messages of one sender, {@link #MAX} and {@link #MAX_BYTES}
 * in all; one more, and the one that was begun first is given up. Fragments of who is not in the
 * view end at {@link AdmissionLayer}. Safe for any thread.
 */
final class BoundedFragments extends FRAG2 {
  /** Ours sends one to each member that asks and one to all at a time. */
  static final int MAX_OF_SENDER = 16;

  static final int MAX = 1024;

  /** One message has a quarter of it at most. */
  static final long MAX_BYTES = 64 << 20;

  private record Begun(Address sender, long id) {}

  private final Map<Begun, Long> bytesOf = new LinkedHashMap<>();
  private long bytes;

  BoundedFragments() {
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(FRAG2.class));
    setFragSize(ChannelStack.FRAGMENT);
  }

  /** Messages that have begun to come and are not whole. */
  int unfinished() {
    synchronized (bytesOf) {
      return bytesOf.size();
    }
  }

  @Override
  protected Message unfragment(Message fragment, FragHeader header) {
    Begun message = new Begun(fragment.getSrc(), header.id);
    synchronized (bytesOf) {
      bytesOf.merge(message, (long) fragment.getLength(), Long::sum);
      bytes += fragment.getLength();
      makeRoomFor(message);
      Message whole = super.unfragment(fragment, header);
      if (whole != null) {
        bytes -= bytesOf.remove(message);
      }
      return whole;
    }
  }

  private void makeRoomFor(Begun message) {
    Predicate<Begun> ofSender = begun -> begun.sender().equals(message.sender());
    if (bytesOf.keySet().stream().filter(ofSender).count() > MAX_OF_SENDER) {
      giveUpEldest(ofSender.and(begun -> !begun.equals(message)));
    }
    while (bytesOf.size() > 1 && (bytesOf.size() > MAX || bytes > MAX_BYTES)) {
      giveUpEldest(begun -> !begun.equals(message));
    }
  }

  private void giveUpEldest(Predicate<Begun> which) {
    bytesOf.keySet().stream().filter(which).findFirst().ifPresent(this::giveUp);
  }

  private void giveUp(Begun message) {
    bytes -= bytesOf.remove(message);
    ConcurrentMap<Long, FragEntry> fragments = fragment_list.get(message.sender());
    if (fragments != null) {
      fragments.remove(message.id());
    }
  }

  @Override
  protected void handleViewChange(View view) {
    synchronized (bytesOf) {
      super.handleViewChange(view);
      bytesOf.keySet().stream()
          .filter(begun -> !view.containsMember(begun.sender()))
          .toList()
          .forEach(this::giveUp);
    }
  }
}
