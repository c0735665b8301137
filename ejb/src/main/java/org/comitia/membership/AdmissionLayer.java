package org.comitia.membership;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.FragHeader;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;

/**
 * The lowest layer above the sockets. Each message of the channel leaves with the sender's identity
 * on it and is let in only when {@link Admission} has nothing against it: discovery, join, merge
 * and heartbeats of a foreign agent end here, so it never becomes known, whoever tried to join
 * whom. The hello travels here too: to a bare ip and port, before there is a view in common.
 */
public final class AdmissionLayer extends Protocol {
  /** What arrives by the hello's road. Called on the channel's threads. */
  interface HelloReceiver {
    void onHello(HelloFrame frame, String refusal);
  }

  private record Verdict(byte[] stamp, Admission by, Refusal refusal) {}

  private static final int MAX_SENDERS = 1024;

  /** The most fragments that a message of ours comes in: 16 MiB. */
  private static final int MAX_FRAGMENTS = 16 * 1024 * 1024 / ChannelStack.FRAGMENT + 1;

  private static final short FRAGMENTS = ClassConfigurator.getProtocolId(FRAG2.class);

  static {
    ClassConfigurator.addIfAbsent(IdentityHeader.MAGIC, IdentityHeader.class);
    ClassConfigurator.addProtocol((short) 1101, AdmissionLayer.class);
  }

  private final Map<Address, Verdict> verdicts = new ConcurrentHashMap<>();
  private final RefusalLog log = new RefusalLog(System::nanoTime);
  private final AtomicLong refused = new AtomicLong();
  private final HelloReceiver hellos;
  private volatile Admission admission;
  private volatile byte[] stamp;
  private volatile boolean isolated;
  private volatile Set<Address> view = Set.of();

  AdmissionLayer(Admission admission, HelloReceiver hellos) {
    this.hellos = hellos;
    admit(admission);
  }

  /** From now on decides by this and says who we are by this. */
  void admit(Admission current) {
    admission = current;
    stamp = current.self().toByteArray();
  }

  Admission admission() {
    return admission;
  }

  /** Whether to let nobody in but by a hello that asks to join: who has left stays alone. */
  void isolated(boolean on) {
    isolated = on;
  }

  boolean isIsolated() {
    return isolated;
  }

  /** See {@link RefusalLog#successor}. */
  String successor() {
    return log.successor();
  }

  /** Messages refused since the start. */
  long refused() {
    return refused.get();
  }

  /**
   * Sends to an ip and port that need not be a member. Unreliable; never waits for a connection:
   * what needs one is dialled by a {@link Dialler}.
   */
  void hello(IpAddress to, HelloFrame frame) {
    down_prot.down(helloMessage(to, frame));
  }

  /**
   * The same to who has said hello, over the connection that is there; without one it is dropped:
   * whoever asks may name any address, and its connection leads to the one that is its own.
   */
  void answerHello(IpAddress to, HelloFrame frame) {
    down_prot.down(helloMessage(to, frame).setFlag(Message.TransientFlag.DONT_BLOCK));
  }

  private Message helloMessage(IpAddress to, HelloFrame frame) {
    return new BytesMessage(to, frame.toByteArray())
        .setFlag(Message.Flag.OOB, Message.Flag.DONT_BUNDLE)
        .setFlag(Message.TransientFlag.DONT_LOOPBACK)
        .putHeader(id, new IdentityHeader(IdentityHeader.HELLO, stamp));
  }

  @Override
  public Object down(Event event) {
    if (event.getType() == Event.VIEW_CHANGE) {
      View now = event.getArg();
      view = Set.copyOf(now.getMembers());
    }
    return down_prot.down(event);
  }

  @Override
  public Object down(Message msg) {
    msg.putHeader(id, new IdentityHeader(IdentityHeader.MEMBER, stamp));
    return down_prot.down(msg);
  }

  @Override
  public Object up(Message msg) {
    return passes(msg) ? up_prot.up(msg) : null;
  }

  @Override
  public void up(MessageBatch batch) {
    batch.removeIf(msg -> !passes(msg), true);
    if (!batch.isEmpty()) {
      up_prot.up(batch);
    }
  }

  private boolean passes(Message msg) {
    IdentityHeader header = msg.getHeader(id);
    if (header == null || !isOfOurKind(msg)) {
      refused.incrementAndGet();
      return false;
    }
    if (header.kind() == IdentityHeader.HELLO) {
      takeHello(header, msg);
      return false;
    }
    if (isolated && !local_addr.equals(msg.getSrc())) {
      return false;
    }
    Refusal refusal = verdict(msg.getSrc(), header.stamp());
    if (refusal != null) {
      refused.incrementAndGet();
      log.say(refusal);
    }
    return refusal == null;
  }

  /** Whether the layers above can take it as what it says it is. */
  private boolean isOfOurKind(Message msg) {
    FragHeader fragment = msg.getHeader(FRAGMENTS);
    return !msg.isFlagSet(Message.Flag.SERIALIZED)
        && Ids.isChannel(msg.getSrc())
        && (fragment == null || isOfOurKind(fragment, msg));
  }

  /**
   * Joins and merges are never cut into pieces, so who is not in the view has none to send. Whoever
   * is in a view that did not come here yet sends them again.
   */
  private boolean isOfOurKind(FragHeader fragment, Message msg) {
    return !fragment.needs_deserialization
        && fragment.num_frags > 0
        && fragment.num_frags <= MAX_FRAGMENTS
        && fragment.frag_id >= 0
        && fragment.frag_id < fragment.num_frags
        && msg.getLength() <= ChannelStack.FRAGMENT
        && view.contains(msg.getSrc());
  }

  private Refusal verdict(Address sender, byte[] theirs) {
    Admission by = admission;
    Verdict known = sender == null ? null : verdicts.get(sender);
    if (known != null && known.by == by && Arrays.equals(known.stamp, theirs)) {
      return known.refusal;
    }
    Refusal refusal;
    try {
      refusal = by.refusal(AgentIdentity.parseFrom(theirs));
    } catch (InvalidProtocolBufferException e) {
      refusal = new Refusal(Kind.UNREADABLE, "an identity that cannot be read");
    }
    if (sender != null) {
      if (verdicts.size() >= MAX_SENDERS) {
        verdicts.clear();
      }
      verdicts.put(sender, new Verdict(theirs, by, refusal));
    }
    return refusal;
  }

  private void takeHello(IdentityHeader header, Message msg) {
    try {
      HelloFrame frame = Frames.hello(msg.getArray(), msg.getOffset(), msg.getLength());
      Refusal refusal = admission.refusal(frame.getFrom());
      if (refusal != null) {
        log.say(refusal);
      }
      hellos.onHello(frame, refusal == null ? null : refusal.text());
    } catch (java.io.IOException | RuntimeException e) {
      refused.incrementAndGet();
    }
  }
}
