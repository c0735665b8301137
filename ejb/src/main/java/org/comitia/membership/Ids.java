package org.comitia.membership;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.comitia.cluster.Member;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.Place;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.stack.IpAddress;

/** Channel addresses, places and views as protobuf messages and back. */
final class Ids {
  /** The most members a view may have on the wire. */
  static final int MAX_MEMBERS = 4096;

  /** Above every time in milliseconds. */
  private static final long CLIENT = 1L << 60;

  private Ids() {}

  static Id128 of(UUID id) {
    return Id128.newBuilder()
        .setHigh(id.getMostSignificantBits())
        .setLow(id.getLeastSignificantBits())
        .build();
  }

  static UUID uuid(Id128 id) {
    return new UUID(id.getHigh(), id.getLow());
  }

  static Id128 of(Address address) {
    org.jgroups.util.UUID id = (org.jgroups.util.UUID) address;
    return Id128.newBuilder()
        .setHigh(id.getMostSignificantBits())
        .setLow(id.getLeastSignificantBits())
        .build();
  }

  /** Whether it is an address as our channels have them; a stranger may send others. */
  static boolean isChannel(Address address) {
    return address != null && address.getClass() == org.jgroups.util.UUID.class;
  }

  static Address channel(Id128 id) {
    return new org.jgroups.util.UUID(id.getHigh(), id.getLow());
  }

  /**
   * An address for a new channel. JGroups lets the lowest of the coordinators lead a merge, and
   * coordinate the group after it: so servers are lower than clients, and who was there first lower
   * than who comes. A newcomer then waits for the group; else each of many would lead a merge of
   * its own, and they would hold each other up.
   */
  static Address channelAddress(MembershipOptions options) {
    boolean server = "consul".equals(options.tags().get(Member.Tags.ROLE));
    long since = System.currentTimeMillis();
    return new org.jgroups.util.UUID(
        server ? since : since | CLIENT, ThreadLocalRandom.current().nextLong());
  }

  static Place place(Address address, IpAddress ip) {
    Place.Builder place =
        Place.newBuilder()
            .setIp(com.google.protobuf.ByteString.copyFrom(ip.getIpAddress().getAddress()))
            .setPort(ip.getPort());
    if (address != null) {
      place.setChannel(of(address));
    }
    return place.build();
  }

  /** Null when the place is none. */
  static IpAddress ip(Place place) {
    int port = place.getPort();
    if (port < 1 || port > 65535) {
      return null;
    }
    try {
      return new IpAddress(InetAddress.getByAddress(place.getIp().toByteArray()), port);
    } catch (UnknownHostException wrongLength) {
      return null;
    }
  }

  /**
   * @param members of the view, in its order
   */
  static ViewFrame.Builder frame(View view, List<Address> members) {
    ViewFrame.Builder frame =
        ViewFrame.newBuilder().setCreator(of(view.getCreator())).setId(view.getViewId().getId());
    for (Address member : members) {
      if (isChannel(member)) {
        frame.addMembers(of(member));
      }
    }
    return frame;
  }

  /** Null when the frame is no view. */
  static View view(ViewFrame frame) {
    if (frame.getMembersCount() == 0 || frame.getMembersCount() > MAX_MEMBERS) {
      return null;
    }
    List<Address> members = new ArrayList<>(frame.getMembersCount());
    frame.getMembersList().forEach(id -> members.add(channel(id)));
    return new View(viewId(frame), members);
  }

  static ViewId viewId(ViewFrame frame) {
    return new ViewId(channel(frame.getCreator()), frame.getId());
  }
}
