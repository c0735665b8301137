package org.comitia.membership;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.UserEvent;
import org.comitia.wire.proto.MembershipFrame;
import org.comitia.wire.proto.Ping;
import org.comitia.wire.proto.Pong;
import org.comitia.wire.proto.UserEventFrame;
import org.jgroups.Address;
import org.jgroups.View;

/**
 * {@link Gossip} over the channel that is open at the moment; without one nothing is sent. What
 * arrives is dealt with on the channel's own threads, so that a round trip is one.
 */
final class ChannelGossip implements Gossip {
  private static final int MAX_DIMENSIONS = 64;
  private static final int MAX_NAME = 1024;

  private final String nodeName;
  private volatile Listener listener;
  private volatile SerfChannel channel;

  // The ping that waits for its answer.
  private long request;
  private long sentNanos;
  private Address asked;

  ChannelGossip(String nodeName) {
    this.nodeName = nodeName;
  }

  /**
   * @param open null for none
   */
  void use(SerfChannel open) {
    channel = open;
  }

  @Override
  public void listen(Listener told) {
    listener = told;
  }

  @Override
  public void fire(UserEvent event) {
    SerfChannel open = channel;
    if (open != null) {
      UserEventFrame frame =
          UserEventFrame.newBuilder()
              .setId(Ids.of(event.id()))
              .setName(event.name())
              .setPayload(ByteString.copyFrom(event.payload()))
              .setNodeFilter(event.nodeFilter())
              .setServiceFilter(event.serviceFilter())
              .setTagFilter(event.tagFilter())
              .setLtime(event.lamportTime())
              .build();
      open.send(null, MembershipFrame.newBuilder().setUserEvent(frame).build());
    }
  }

  @Override
  public void ping() {
    SerfChannel open = channel;
    View view = open == null ? null : open.view();
    if (view == null || view.size() < 2) {
      return;
    }
    List<Address> members = view.getMembers();
    int at = ThreadLocalRandom.current().nextInt(members.size());
    Address member =
        members.get(at).equals(open.address())
            ? members.get((at + 1) % members.size())
            : members.get(at);
    Ping ping = Ping.newBuilder().setRequest(ThreadLocalRandom.current().nextLong()).build();
    synchronized (this) {
      request = ping.getRequest();
      asked = member;
      sentNanos = System.nanoTime();
    }
    open.sendAtOnce(member, MembershipFrame.newBuilder().setPing(ping).build());
  }

  /**
   * A channel thread.
   *
   * @return false when the frame is not ours
   */
  boolean take(Address from, MembershipFrame frame) {
    Listener told = listener;
    switch (frame.getMessageCase()) {
      case USER_EVENT -> {
        if (told != null) {
          told.onEvent(event(frame.getUserEvent()));
        }
      }
      case PING -> {
        if (told != null) {
          answer(from, frame.getPing(), told.position());
        }
      }
      case PONG -> {
        if (told != null) {
          answered(from, frame.getPong(), told);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static UserEvent event(UserEventFrame frame) {
    return new UserEvent(
        Ids.uuid(frame.getId()),
        frame.getName(),
        frame.getPayload().toByteArray(),
        frame.getNodeFilter(),
        frame.getServiceFilter(),
        frame.getTagFilter(),
        frame.getLtime());
  }

  private void answer(Address from, Ping ping, NetworkPosition position) {
    SerfChannel open = channel;
    if (open != null) {
      Pong pong =
          Pong.newBuilder()
              .setRequest(ping.getRequest())
              .setName(nodeName)
              .addAllVec(position.vec())
              .setError(position.error())
              .setAdjustment(position.adjustment())
              .setHeight(position.height())
              .build();
      open.sendAtOnce(from, MembershipFrame.newBuilder().setPong(pong).build());
    }
  }

  private void answered(Address from, Pong pong, Listener told) {
    long nanos;
    synchronized (this) {
      if (pong.getRequest() != request || !from.equals(asked)) {
        return;
      }
      asked = null;
      nanos = System.nanoTime() - sentNanos;
    }
    if (pong.getVecCount() <= MAX_DIMENSIONS && pong.getName().length() <= MAX_NAME) {
      told.onRoundTrip(
          pong.getName(),
          new NetworkPosition(
              List.copyOf(pong.getVecList()),
              pong.getError(),
              pong.getAdjustment(),
              pong.getHeight()),
          nanos);
    }
  }
}
