package org.comitia.membership;

import java.io.DataInput;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.log.LogLine;
import org.comitia.log.OneLineAMinute;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.PhysicalAddress;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.blocks.cs.TcpServer;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.Util;

/**
 * JGroups' TCP, which reads a message from the socket field by field and allocates what each field
 * announces. Here a frame is read whole first, its memory growing with what comes, and then taken
 * apart: nothing in it can be longer than it is. A frame that cannot be read ends its connection.
 */
final class BoundedTcp extends TCP {
  /** Views of some thousand members are a tenth of it; larger messages come in fragments. */
  static final int MAX_FRAME = 1 << 20;

  /** Version and flags. */
  private static final int HEAD = 3;

  /** Type, leading byte, flags, number of headers. */
  private static final int SHORTEST_MESSAGE = 7;

  /** What a message without a byte of its own takes in memory. */
  private static final int MESSAGE = 512;

  /** Characters of a reason that are told. */
  private static final int MAX_REASON = 256;

  private static final Logger LOG = Logger.getLogger("serf");

  /**
   * Addresses outside the view whose place is kept; those whose views are merged among them, so
   * that no larger group is taken in.
   */
  static final int MAX_STRANGERS = 1024;

  /** Connections that are ended at once when their key was taken out: each costs a handshake. */
  private static final int MAX_RENEWED = 32;

  private final Strangers strangers = new Strangers(MAX_STRANGERS);

  /** Who only says that it is a host somewhere delays no member. */
  private final Dialler toMembers = new Dialler(this::dialAndSend, this::newThread);

  private final Dialler toOthers = new Dialler(this::dialAndSend, this::newThread);
  private final UnfinishedFrames unfinished = new UnfinishedFrames(System::nanoTime);
  private final ForgottenConnections<Connection> connections =
      new ForgottenConnections<>(System::nanoTime);
  private final AtomicLong forgottenConnections = new AtomicLong();
  private final AtomicLong unreadable = new AtomicLong();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private final OneLineAMinute closed = new OneLineAMinute(System::nanoTime, LOG::warning);

  BoundedTcp() {
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(TCP.class));
  }

  /** Frames that could not be read, since the start. */
  long unreadable() {
    return unreadable.get();
  }

  /** Whether what is sent there needs no dialling. */
  boolean isConnectedTo(Address host) {
    TcpServer open = srv;
    return open != null && open.connectionEstablishedTo(host);
  }

  /**
   * Dials a host to which there is no connection; blocks up to 2 s.
   *
   * @throws IOException when it cannot be reached, or has no key in common
   */
  void dial(Address host) throws IOException {
    TcpServer open = srv;
    if (open == null || isConnectedTo(host)) {
      return;
    }
    try {
      ((ChannelSockets) getSocketFactory())
          .dial(
              (IpAddress) host,
              getClientBindAddr(),
              getSockConnTimeout(),
              () -> open.getConnection(host));
      if (!open.running()) {
        open.closeConnection(host);
      }
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** The bundler's thread, which must not wait for a host to be dialled. */
  @Override
  public void sendUnicast(PhysicalAddress host, byte[] frame, int offset, int length)
      throws Exception {
    if (isConnectedTo(host)) {
      super.sendUnicast(host, frame, offset, length);
    } else {
      (isMember(host) ? toMembers : toOthers).send(host, frame, offset, length);
    }
  }

  /**
   * When a view comes, JGroups takes out the connections to hosts that are no member's, and then
   * closes those of them that are still no member's: one to a member whose place was learned in
   * between stayed open, in no table. Here members' connections are not taken out.
   */
  @Override
  public void retainAll(Collection<Address> hosts) {
    Set<Address> kept = new HashSet<>(hosts);
    srv.forAllConnections(
        (host, connection) -> {
          if (!kept.contains(host)) {
            if (is_member.test((PhysicalAddress) host)) {
              kept.add(host);
            } else {
              connections.closed(connection); // by this side: its host is not suspected for it
            }
          }
        });
    srv.retainAll(kept);
    getThreadPool().execute(this::closeForgotten);
  }

  @Override
  public void connectionEstablished(Connection connection) {
    super.connectionEstablished(connection);
    connections.established(connection);
    // Not here, where the lock of its host is held.
    getThreadPool().execute(this::closeForgotten);
  }

  /**
   * Nobody reads from it any more. JGroups suspects the member; here not when this side has let it
   * go, for another one or because it was in no table. One that is in no table, or that is put
   * there only now, JGroups does not close: what is sent over it is lost then, without an error for
   * the first 64 KiB.
   */
  @Override
  public void connectionClosed(Connection connection) {
    try {
      if (connections.closed(connection) && !isReplaced(connection)) {
        super.connectionClosed(connection);
      }
    } finally {
      close(connection, false);
    }
  }

  private boolean isReplaced(Connection connection) {
    return table(srv).stream()
        .anyMatch(
            other ->
                other != connection
                    && other.isConnected()
                    && other.peerAddress().equals(connection.peerAddress()));
  }

  private static List<Connection> table(TcpServer of) {
    List<Connection> table = new ArrayList<>();
    of.forAllConnections((host, connection) -> table.add(connection));
    return table;
  }

  /** Soon ends connections whose key was taken out of the cluster's, on a thread of the channel. */
  void renewSoon() {
    if (renewing.compareAndSet(false, true) && !getThreadPool().execute(this::renew)) {
      renewing.set(false);
    }
  }

  /**
   * With a goodbye: the other side suspects nobody. What is sent next dials again, and what was
   * lost in between is sent again by the protocols above.
   */
  private void renew() {
    try {
      TcpServer open = srv;
      if (open == null || !(getSocketFactory() instanceof ChannelSockets sockets)) {
        return;
      }
      Set<InetSocketAddress> hosts = sockets.outdated();
      if (hosts.isEmpty()) {
        return;
      }
      List<Connection> outdated =
          table(open).stream()
              .filter(connection -> hosts.contains(host(connection)))
              .filter(Connection::isConnected)
              .limit(MAX_RENEWED)
              .toList();
      for (Connection connection : outdated) {
        connections.closed(connection); // by this side: its host is not suspected for it
        close(connection, true);
      }
    } finally {
      renewing.set(false);
    }
  }

  private static InetSocketAddress host(Connection connection) {
    IpAddress ip = (IpAddress) connection.peerAddress();
    return new InetSocketAddress(ip.getIpAddress(), ip.getPort());
  }

  private void closeForgotten() {
    TcpServer open = srv;
    if (open == null) {
      return;
    }
    for (Connection forgotten : connections.take(table(open))) {
      close(forgotten, true); // with a goodbye: the other side suspects nobody
      forgottenConnections.incrementAndGet();
    }
  }

  private static void close(Connection connection, boolean graceful) {
    try {
      connection.close(graceful);
    } catch (IOException e) {
      LOG.log(Level.FINE, "a connection did not close", e);
    }
  }

  /** Connections that were open and in no table, since the start. */
  long forgottenConnections() {
    return forgottenConnections.get();
  }

  private void dialAndSend(PhysicalAddress host, byte[] frame) throws Exception {
    dial(host);
    super.sendUnicast(host, frame, 0, frame.length);
  }

  private Thread newThread(Runnable task) {
    return getThreadFactory().newThread(task, "dial");
  }

  @Override
  public void stop() {
    toMembers.close();
    toOthers.close();
    super.stop();
  }

  /**
   * JGroups keeps each place that it is told of, and forgets only those that were in a view; here
   * the last {@link #MAX_STRANGERS} that were in none are kept.
   */
  @Override
  protected boolean addPhysicalAddressToCache(
      Address address, PhysicalAddress place, boolean overwrite) {
    boolean added = super.addPhysicalAddressToCache(address, place, overwrite);
    if (address != null && isStranger(address) && !address.equals(local_addr)) {
      for (Address silent : strangers.note(address)) {
        if (isStranger(silent)) {
          logical_addr_cache.remove(silent, true);
        }
      }
    }
    return added;
  }

  /**
   * Bytes held for frames that have not come whole, and for others' than members' until taken in.
   */
  long unfinishedBytes() {
    return unfinished.bytes();
  }

  /**
   * A receiver's thread, one for each connection.
   *
   * @throws IOException when the connection must be closed
   */
  @Override
  public void receive(Address sender, DataInput in, int length) throws Exception {
    if (length == AcceptedSocket.ALERT_AS_LENGTH
        && getSocketFactory() instanceof ChannelSockets sockets
        && sockets.hasDialledPlain((IpAddress) sender)) {
      throw sockets.refuse((IpAddress) sender, KeyDoubts.Reason.NONE_HERE);
    }
    if (length < HEAD || length > MAX_FRAME) {
      throw unreadable(sender, "a frame of " + length + " bytes", null);
    }
    UnfinishedFrames.Frame frame = read(sender, in, length);
    boolean waits = false;
    try {
      waits = take(sender, frame);
    } catch (UnfinishedFrames.Refused e) {
      throw unreadable(sender, e.getMessage(), e);
    } finally {
      if (!waits) {
        frame.close();
      }
    }
  }

  /**
   * @return whether a task has it now, and closes it
   */
  private boolean take(Address sender, UnfinishedFrames.Frame frame) throws Exception {
    if (Objects.equals(local_physical_addr, sender)) {
      return false; // looped back already
    }
    ByteArrayDataInputStream body = new ByteArrayDataInputStream(frame.bytes);
    if (!versionMatch(body.readShort(), sender)) {
      return false;
    }
    byte flags = body.readByte();
    boolean multicast = (flags & MULTICAST) != 0;
    Arrived arrived;
    try {
      arrived = (flags & LIST) != 0 ? batch(body, multicast) : message(body, multicast);
    } catch (Exception e) {
      throw unreadable(sender, e.toString(), e);
    }
    if (arrived == null) {
      return false;
    }
    if (isOfMember(arrived.from(), sender)) {
      pass(arrived.inTurn());
      return false;
    }
    frame.keep(strangersLine((IpAddress) sender).host(), arrived.count() * MESSAGE);
    return getThreadPool()
        .execute(
            () -> {
              try {
                pass(arrived.atOnce());
              } finally {
                frame.close();
              }
            });
  }

  private static void pass(Runnable delivery) {
    try {
      delivery.run();
    } catch (RuntimeException e) {
      LOG.log(Level.SEVERE, "COM2011: membership: a message was lost", e);
    }
  }

  /**
   * Whether it is a member's message over that member's own connection. JGroups keeps a turn, 1.5
   * KB, for each sender whose messages come one after the other, until the view changes. Anybody
   * may make up senders, so all others have none: their messages go up as they come, and UNICAST4
   * and NAKACK4 bring them in order by their numbers. What waits for a thread is counted for its
   * host.
   */
  private boolean isOfMember(Address from, Address connection) {
    return members.contains(from) && connection.equals(getPhysicalAddressFromCache(from));
  }

  private UnfinishedFrames.Frame read(Address sender, DataInput in, int length) throws IOException {
    try {
      return unfinished.read(in, length, () -> line((IpAddress) sender));
    } catch (UnfinishedFrames.Refused e) {
      throw unreadable(sender, e.getMessage(), e);
    }
  }

  /** Null for a member. */
  private UnfinishedFrames.Line line(IpAddress sender) {
    return isMember(sender) ? null : strangersLine(sender);
  }

  private UnfinishedFrames.Line strangersLine(IpAddress sender) {
    return ChannelSockets.line(getSocketFactory(), sender);
  }

  private boolean isMember(PhysicalAddress host) {
    return members.stream().anyMatch(member -> host.equals(getPhysicalAddressFromCache(member)));
  }

  /**
   * What a frame brings.
   *
   * @param count messages
   * @param inTurn gives it to the channel's threads, what must be in order in order
   * @param atOnce passes it up here and now
   */
  private record Arrived(Address from, int count, Runnable inTurn, Runnable atOnce) {}

  /** Null when there is nothing for this agent in it. */
  private Arrived message(ByteArrayDataInputStream in, boolean multicast) throws Exception {
    Message message = MessageFactory.create(in.readShort());
    message.readFrom(in);
    Address from = message.getSrc();
    if (from == null || (!multicast && unicastDestMismatch(message.getDest()))) {
      return null;
    }
    Runnable inTurn =
        () -> {
          try {
            msg_processing_policy.process(message, message.isFlagSet(Message.Flag.OOB));
            msg_stats.received(message);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    Runnable atOnce =
        () -> {
          msg_stats.received(message);
          passMessageUp(message, true, message.getDest() == null, true);
        };
    return new Arrived(from, 1, inTurn, atOnce);
  }

  private Arrived batch(ByteArrayDataInputStream in, boolean multicast) throws Exception {
    int count = checkCount(in);
    MessageBatch[] batches = Util.readMessageBatch(in, multicast);
    MessageBatch regular = batches[0];
    MessageBatch urgent = batches[1];
    Address from = regular != null ? regular.sender() : urgent == null ? null : urgent.sender();
    if (from == null) {
      return null;
    }
    Runnable inTurn =
        () -> {
          received(urgent, regular);
          processBatch(urgent, true);
          processBatch(regular, false);
        };
    Runnable atOnce =
        () -> {
          received(urgent, regular);
          passUp(urgent);
          passUp(regular);
        };
    return new Arrived(from, count, inTurn, atOnce);
  }

  /** Before they are processed: protocols take messages out of a batch. */
  private void received(MessageBatch urgent, MessageBatch regular) {
    if (urgent != null) {
      msg_stats.received(urgent);
    }
    if (regular != null) {
      msg_stats.received(regular);
    }
  }

  private void passUp(MessageBatch batch) {
    if (batch != null && !batch.isEmpty() && !unicastDestMismatch(batch.dest())) {
      passBatchUp(batch, true, true);
    }
  }

  private boolean isStranger(Address sender) {
    return !members.contains(sender);
  }

  /** A batch says first how many messages it has, and makes room for them. */
  private static int checkCount(ByteArrayDataInputStream in) throws Exception {
    int start = in.position();
    Util.readAddress(in);
    Util.readAddress(in);
    short name = in.readShort();
    in.advance(Math.max(0, name));
    int count = in.readInt();
    if (count < 0 || count > in.available() / SHORTEST_MESSAGE) {
      throw new IOException("a batch of " + count + " messages where fewer are left");
    }
    in.position(start);
    return count;
  }

  private IOException unreadable(Address sender, String why, Exception cause) {
    unreadable.incrementAndGet();
    closed.say(
        () ->
            "COM2012: closed a connection to the serf port, of who says it is "
                + sender
                + ": what came over it cannot be read: "
                + LogLine.excerpt(why, MAX_REASON));
    return new IOException(why, cause);
  }
}
