package org.comitia.membership;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.comitia.log.OneLineAMinute;
import org.comitia.wire.proto.HelloFrame;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.MembershipFrame;
import org.comitia.wire.proto.Place;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.PhysicalAddress;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.SocketFactory;
import org.jgroups.util.Tuple;

/** One connected JGroups channel, from connect to close; never used again after that. */
final class SerfChannel implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("serf");
  private static final String CLUSTER = "comitia";

  /** Anybody may send such. */
  private static final OneLineAMinute UNREADABLE =
      new OneLineAMinute(System::nanoTime, LOG::warning);

  private static final OneLineAMinute LOST = new OneLineAMinute(System::nanoTime, LOG::severe);

  private final JChannel channel;
  private final AdmissionLayer layer;
  private final IpAddress place;

  /** Of hosts that this agent has met itself; who only tells of views takes no place of theirs. */
  private final ViewsToMerge met = new ViewsToMerge();

  private final ViewsToMerge told = new ViewsToMerge();

  private SerfChannel(JChannel channel, AdmissionLayer layer, IpAddress place) {
    this.channel = channel;
    this.layer = layer;
    this.place = place;
  }

  /**
   * Binds the serf LAN port and becomes a group of one. Takes about 0.3 s.
   *
   * @param views told of each view, on a channel thread
   * @param frames told of each frame, a stranger's too, on a channel thread
   * @param apart told of groups that are apart, by who told of them; must not block
   * @throws IOException when the port cannot be bound; names it
   */
  static SerfChannel open(
      MembershipOptions options,
      AdmissionLayer layer,
      Consumer<View> views,
      BiConsumer<Address, MembershipFrame> frames,
      Consumer<Map<Address, View>> apart)
      throws IOException {
    JChannel channel = null;
    try {
      channel = ChannelStack.channel(options, layer, apart);
      channel.setName(options.name());
      channel.setDiscardOwnMessages(true);
      channel.addAddressGenerator(() -> Ids.channelAddress(options));
      channel.setReceiver(receiver(views, frames));
      channel.connect(CLUSTER);
      return new SerfChannel(channel, layer, new IpAddress(options.advertise(), options.port()));
    } catch (Exception e) {
      if (channel != null) {
        channel.close();
      }
      throw failure(options, e);
    }
  }

  private static IOException failure(MembershipOptions options, Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = String.valueOf(root.getMessage());
    String lower = reason.toLowerCase(Locale.ROOT);
    boolean inUse =
        root instanceof java.net.BindException
            || lower.contains("no available port")
            || lower.contains("in use");
    return new IOException(
        "Failed to start TCP listener on \""
            + options.bind().getHostAddress()
            + "\" port "
            + options.port()
            + ": "
            + (inUse && !lower.contains("cannot assign") ? "bind: address already in use" : reason),
        e);
  }

  static Receiver receiver(Consumer<View> views, BiConsumer<Address, MembershipFrame> frames) {
    return new Receiver() {
      @Override
      public void viewAccepted(View view) {
        views.accept(view);
      }

      @Override
      public void receive(Message msg) {
        if (!msg.hasArray()) {
          return;
        }
        MembershipFrame frame;
        try {
          frame = Frames.membership(msg.getArray(), msg.getOffset(), msg.getLength());
        } catch (IOException e) {
          UNREADABLE.say(() -> "dropped a frame of " + msg.getSrc() + ": " + e);
          return;
        }
        try {
          frames.accept(msg.getSrc(), frame);
        } catch (RuntimeException e) {
          LOST.say(
              () -> "",
              such -> LOG.log(Level.SEVERE, "COM2027: membership: a frame was lost" + such, e));
        }
      }
    };
  }

  Address address() {
    return channel.getAddress();
  }

  View view() {
    return channel.getView();
  }

  Place place() {
    return Ids.place(address(), place);
  }

  /**
   * The current view with the places of its members. It does not name those that this one believes
   * to be gone: who waits in vain for its coordinator's next view has another coordinator then.
   */
  ViewFrame viewFrame() {
    View view = view();
    if (view == null) {
      return ViewFrame.getDefaultInstance();
    }
    List<Address> present = groups().present(view);
    ViewFrame.Builder frame = Ids.frame(view, present).setHolder(Ids.of(address()));
    for (Address member : view.getMembers()) {
      Object known = member.equals(address()) ? place : placeOf(member);
      if (known instanceof IpAddress ip && Ids.isChannel(member)) {
        frame.addPlaces(Ids.place(member, ip));
      }
    }
    return frame.build();
  }

  /**
   * From now on this channel address is found there. A channel never moves: where a member of the
   * view is, that is known already, is not changed by what somebody says.
   */
  void learn(Address address, IpAddress ip) {
    View own = view();
    boolean known = own != null && own.containsMember(address) && placeOf(address) != null;
    if (ip != null && !known && !address.equals(address())) {
      channel.down(
          new Event(Event.ADD_PHYSICAL_ADDRESS, new Tuple<Address, PhysicalAddress>(address, ip)));
    }
  }

  private Object placeOf(Address address) {
    return channel.down(new Event(Event.GET_PHYSICAL_ADDRESS, address));
  }

  WholeGroups groups() {
    return channel.getProtocolStack().findProtocol(WholeGroups.class);
  }

  /** Where these others are, as far as that is known. */
  List<InetSocketAddress> hosts(Collection<Address> others) {
    return others.stream()
        .filter(other -> !other.equals(address()))
        .map(this::placeOf)
        .filter(IpAddress.class::isInstance)
        .map(IpAddress.class::cast)
        .map(ip -> new InetSocketAddress(ip.getIpAddress(), ip.getPort()))
        .toList();
  }

  /**
   * Learns where the first {@code members} of the view are, its coordinator before all, and its
   * holder.
   */
  private void learn(ViewFrame frame, int members) {
    Set<Id128> first = frame.getMembersList().stream().limit(members).collect(Collectors.toSet());
    first.add(frame.getHolder());
    learn(
        frame.getPlacesList().stream().filter(place -> first.remove(place.getChannel())).toList());
  }

  void learn(Collection<Place> places) {
    for (Place place : places) {
      if (place.hasChannel()) {
        learn(Ids.channel(place.getChannel()), Ids.ip(place));
      }
    }
  }

  void hello(IpAddress to, HelloFrame frame) {
    layer.hello(to, frame);
  }

  /** Dials, if need be: blocks up to 2 s. Whether it succeeds is seen by what is sent then. */
  void dial(IpAddress host) {
    try {
      ((BoundedTcp) channel.getProtocolStack().getTransport()).dial(host);
    } catch (IOException e) {
      LOG.log(Level.FINE, "cannot dial", e);
    }
  }

  /** Why a host that was dialled does not answer, if the key may be the cause; null else. */
  KeyDoubts.Doubt doubt(InetSocketAddress host, long sinceNanos) {
    return channel.getProtocolStack().getTransport().getSocketFactory()
            instanceof ChannelSockets sockets
        ? sockets.doubts().since(host, sinceNanos)
        : null;
  }

  /** Connections whose key was taken out end soon. To be called now and then. */
  void renew() {
    ((BoundedTcp) channel.getProtocolStack().getTransport()).renewSoon();
  }

  /** Answers who has said hello, over the connection that is there; dropped without one. */
  void answerHello(IpAddress to, HelloFrame frame) {
    layer.answerHello(to, frame);
  }

  /**
   * Takes in the views of hosts that this agent has met, to be merged with the own one as MERGE3
   * would after its next round. Acts when this member is the lowest of the views' coordinators,
   * else it is for another to act.
   *
   * @param frames the others' views, the own one may be among them
   */
  void merge(Collection<ViewFrame> frames) {
    merge(frames, met);
  }

  /** The same with views that somebody tells of. */
  void mergeTold(Collection<ViewFrame> frames) {
    merge(frames, told);
  }

  private void merge(Collection<ViewFrame> frames, ViewsToMerge toMerge) {
    View own = view();
    if (own == null
        || !own.getCoord().equals(address())
        || frames.size() > ViewsToMerge.MAX_AT_ONCE) {
      return;
    }
    Map<Address, View> views = new HashMap<>();
    for (ViewFrame frame : frames) {
      View other = Ids.view(frame);
      if (other == null || other.getViewId().equals(own.getViewId())) {
        continue;
      }
      learn(frame, toMerge == met ? Ids.MAX_MEMBERS : ViewsToMerge.MAX_PLACES / frames.size());
      views.put(speaker(own, other, Ids.channel(frame.getHolder())), other);
    }
    views.remove(address());
    toMerge.add(views);
    mergePending();
  }

  /**
   * Who takes part in a merge for another view: its coordinator, unless that one is in the own view
   * by now. Then the other is an old view, and whoever still holds it, expelled while it was frozen
   * or left behind by a merge, takes part for itself.
   */
  static Address speaker(View own, View other, Address holder) {
    return own.containsMember(other.getCoord()) ? holder : other.getCoord();
  }

  /**
   * Starts one merge with all views of hosts met that came in since the last one, or else with all
   * that were told of: JGroups does one at a time and forgets what it is told meanwhile, so that
   * many who join at once would wait for each other.
   */
  void mergePending() {
    View own = view();
    if (own == null || !own.getCoord().equals(address()) || groups().isMerging()) {
      return;
    }
    // In a merge of their own: who tells of views that are not there holds up no merge with hosts
    // that are, nor takes its place.
    Map<Address, View> views = met.take(own);
    if (views.isEmpty()) {
      views = told.take(own);
    }
    if (!views.isEmpty()) {
      views.put(own.getCoord(), own);
      groups().merge(views);
    }
  }

  /**
   * @param to null: all other members
   */
  void send(Address to, MessageLite frame) {
    try {
      channel.send(new BytesMessage(to, frame.toByteArray()));
    } catch (Exception e) {
      LOG.log(Level.FINE, "cannot send on the channel", e);
    }
  }

  /** Without order and repeats: for what measures time, and does no harm when lost. */
  void sendAtOnce(Address to, MessageLite frame) {
    try {
      channel.send(
          new BytesMessage(to, frame.toByteArray())
              .setFlag(Message.Flag.OOB, Message.Flag.DONT_BUNDLE, Message.Flag.NO_RELIABILITY)
              .setFlag(Message.TransientFlag.DONT_BLOCK));
    } catch (Exception e) {
      LOG.log(Level.FINE, "cannot send on the channel", e);
    }
  }

  JChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    SocketFactory sockets = channel.getProtocolStack().getTransport().getSocketFactory();
    channel.close();
    if (sockets instanceof ChannelSockets ours) {
      ours.closeAccepted();
    }
  }
}
