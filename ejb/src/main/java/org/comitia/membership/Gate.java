package org.comitia.membership;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;

/**
 * The lowest layer above the sockets. Each message of the channel leaves with the sender's identity
 * on it and is let in only when {@link Admission} has nothing against it: discovery, join, merge
 * and heartbeats of a foreign agent end here, so it never becomes known, whoever tried to join
 * whom. The hello travels here too: to a bare ip and port, before there is a view in common.
 */
public final class Gate extends Protocol {
  /** What arrives by the hello's road. Called on the channel's threads. */
  interface Hellos {
    void onHello(HelloFrame frame, String refusal);
  }

  private record Verdict(byte[] stamp, Admission by, String refusal) {}

  private static final Logger LOG = Logger.getLogger("serf");
  private static final int MAX_SENDERS = 1024;
  private static final long LOG_PAUSE_NANOS = 60_000_000_000L;

  static {
    ClassConfigurator.addIfAbsent(GateHeader.MAGIC, GateHeader.class);
    ClassConfigurator.addProtocol((short) 1101, Gate.class);
  }

  private final Map<Address, Verdict> verdicts = new ConcurrentHashMap<>();
  private final Map<String, Long> loggedNanos = new ConcurrentHashMap<>();
  private final AtomicLong refused = new AtomicLong();
  private final Hellos hellos;
  private volatile Admission admission;
  private volatile byte[] stamp;
  private volatile boolean shy;

  Gate(Admission admission, Hellos hellos) {
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
  void shy(boolean on) {
    shy = on;
  }

  boolean isShy() {
    return shy;
  }

  /** Messages refused since the start. */
  long refused() {
    return refused.get();
  }

  /** Sends to an ip and port that need not be a member. Unreliable; may block while it connects. */
  void hello(IpAddress to, HelloFrame frame) {
    Message message =
        new BytesMessage(to, frame.toByteArray())
            .setFlag(Message.Flag.OOB, Message.Flag.DONT_BUNDLE)
            .setFlag(Message.TransientFlag.DONT_LOOPBACK)
            .putHeader(id, new GateHeader(GateHeader.HELLO, stamp));
    down_prot.down(message);
  }

  @Override
  public Object down(Message msg) {
    msg.putHeader(id, new GateHeader(GateHeader.MEMBER, stamp));
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
    GateHeader header = msg.getHeader(id);
    if (header == null) {
      refused.incrementAndGet();
      return false;
    }
    if (header.kind() == GateHeader.HELLO) {
      takeHello(header, msg);
      return false;
    }
    if (shy && !local_addr.equals(msg.getSrc())) {
      return false;
    }
    String refusal = verdict(msg.getSrc(), header.stamp());
    if (refusal != null) {
      refused.incrementAndGet();
      log(refusal);
    }
    return refusal == null;
  }

  private String verdict(Address sender, byte[] theirs) {
    Admission by = admission;
    Verdict known = sender == null ? null : verdicts.get(sender);
    if (known != null && known.by == by && Arrays.equals(known.stamp, theirs)) {
      return known.refusal;
    }
    String refusal;
    try {
      refusal = by.refusal(AgentIdentity.parseFrom(theirs));
    } catch (InvalidProtocolBufferException e) {
      refusal = "an identity that cannot be read";
    }
    if (sender != null) {
      if (verdicts.size() >= MAX_SENDERS) {
        verdicts.clear();
      }
      verdicts.put(sender, new Verdict(theirs, by, refusal));
    }
    return refusal;
  }

  private void takeHello(GateHeader header, Message msg) {
    try {
      HelloFrame frame =
          HelloFrame.parseFrom(
              com.google.protobuf.CodedInputStream.newInstance(
                  msg.getArray(), msg.getOffset(), msg.getLength()));
      String refusal = admission.refusal(frame.getFrom());
      if (refusal != null) {
        log(refusal);
      }
      hellos.onHello(frame, refusal);
    } catch (java.io.IOException | RuntimeException e) {
      refused.incrementAndGet();
    }
  }

  /** Tells people, at most once a minute for each text. */
  private void log(String refusal) {
    long now = System.nanoTime();
    if (loggedNanos.size() > 100) {
      loggedNanos.clear();
    }
    Long last = loggedNanos.get(refusal);
    if (last == null || now - last > LOG_PAUSE_NANOS) {
      loggedNanos.put(refusal, now);
      LOG.severe("Refused: " + refusal);
    }
  }
}
