package org.comitia.membership;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.comitia.config.HostPort;
import org.comitia.config.Network;
import org.comitia.encryption.KeyedTls;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;
import org.comitia.membership.KeyDoubts.Reason;
import org.comitia.membership.MembershipOptions.Newcomers;
import org.comitia.membership.TlsStreams.NoCommonKey;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.DefaultSocketFactory;
import org.jgroups.util.SocketFactory;
import org.jgroups.util.Util;

/**
 * The channel's sockets. JGroups accepts one connection after the other and reads who it is before
 * it looks at the next; it starts a thread for each, without a limit; and it forgets a connection
 * that it accepted while it was being closed. Here newcomers wait beside each other until they have
 * said who they are, their number is bounded, and all of them are closed with the channel. A
 * newcomer may say any address of its own, that of a network's border too, but takes the place of
 * nobody: not of an address to which there is a connection already, unless it comes from there; and
 * not more addresses than {@link Claims} admits.
 *
 * <p>With a key of the cluster both sides of each connection prove it first ({@link TlsStreams}):
 * of one that is accepted while it waits beside the others, of one that is dialled before JGroups
 * knows of it ({@link #dial}). Safe for any thread.
 */
final class ChannelSockets extends DefaultSocketFactory {
  /** Silent for so long, a connection is dead: members' heartbeats come each second. */
  private static final int IDLE_MILLIS = 60_000;

  /** The pause between two looks at those that wait, and how long one look takes at most. */
  private static final int LOOK_MILLIS = 5;

  /** Accepted between two looks, as long as they wait. */
  private static final int MAX_AT_ONCE = 64;

  private static final long PAUSE_NANOS = 100_000_000L;

  /** What is not done by then is cut: less than the time without heartbeats that a member has. */
  private static final long WRITE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** The same while the channel is being closed, and for all of that. */
  private static final long LAST_WRITE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final KeyedTls keys;
  private final Executor watch;
  private final ThreadLocal<DialledSocket> proved = new ThreadLocal<>();
  private final KeyDoubts doubts = new KeyDoubts(System::nanoTime);
  private final int maxOfAnAddress;
  private final int max;
  private final Newcomers newcomers;
  private final Set<AcceptedSocket> accepted = ConcurrentHashMap.newKeySet();
  private final Set<Socket> dialled = ConcurrentHashMap.newKeySet();
  private final RefusalLog log = new RefusalLog(System::nanoTime);
  private final Claims claims = new Claims(System::nanoTime);

  /**
   * @param keys null: connections are plain
   * @param watch runs one task from the creation of the server socket until all sockets are closed;
   *     not used without keys
   */
  ChannelSockets(KeyedTls keys, Executor watch, Newcomers newcomers) {
    this(keys, watch, 128, 1024, newcomers);
  }

  /**
   * @param maxOfAnAddress accepted connections of one address, those whose handshake is not done
   *     too
   * @param max accepted connections
   */
  ChannelSockets(KeyedTls keys, Executor watch, int maxOfAnAddress, int max, Newcomers newcomers) {
    this.keys = keys;
    this.watch = watch;
    this.maxOfAnAddress = maxOfAnAddress;
    this.max = max;
    this.newcomers = newcomers;
  }

  @Override
  public ServerSocket createServerSocket(String service) throws IOException {
    Acceptor acceptor = new Acceptor();
    if (keys != null) {
      watch.execute(() -> watchWrites(acceptor));
    }
    return acceptor;
  }

  /** With keys only within {@link #dial}: JGroups holds a lock here, which acceptors wait for. */
  @Override
  public Socket createSocket(String service) throws IOException {
    dialled.removeIf(Socket::isClosed);
    Socket socket = keys == null ? super.createSocket(service) : proved.get();
    if (socket == null) {
      throw new IOException("there is no connection over which the key was proved");
    }
    proved.remove();
    dialled.add(socket);
    return socket;
  }

  /** What JGroups does with a connection. */
  interface Connecting {
    void run() throws Exception;
  }

  /**
   * With keys: connects and proves the key, on this thread and without a lock, and then lets
   * JGroups ask for that socket. Blocks for {@code millis} at most, and as long as JGroups does.
   *
   * @param from the local address; null: the system chooses
   * @param connecting on this thread; it need not ask for a socket
   * @throws IOException when it cannot be reached or has no key in common
   */
  void dial(IpAddress to, InetAddress from, int millis, Connecting connecting) throws Exception {
    if (keys != null) {
      proved.set(connectAndProve(to, from == null ? null : new InetSocketAddress(from, 0), millis));
    }
    try {
      connecting.run();
    } finally {
      Util.close(proved.get());
      proved.remove();
    }
  }

  private DialledSocket connectAndProve(IpAddress to, InetSocketAddress from, int millis)
      throws IOException {
    InetSocketAddress host = address(to);
    DialledSocket socket = new DialledSocket();
    try {
      socket.dial(from, host, keys, millis);
      doubts.forget(host);
      return socket;
    } catch (IOException | RuntimeException | Error e) {
      Util.close(socket);
      if (e instanceof NoCommonKey known) {
        refuse(to, known.reason());
      } else if (e instanceof DialledSocket.HungUp) {
        doubts.hungUp(host);
      }
      throw e;
    }
  }

  /**
   * A host that was dialled has another key than this agent, or only one of both has one.
   *
   * @return what ends the connection
   */
  NoCommonKey refuse(IpAddress host, Reason reason) {
    log.say(new Refusal(Kind.KEY, doubts.noCommonKey(address(host), reason).text()));
    return new NoCommonKey(reason, null);
  }

  /**
   * Whether what comes from there comes over a plain connection that this side has dialled, closed
   * since or not.
   */
  boolean hasDialledPlain(IpAddress host) {
    InetSocketAddress address = address(host);
    return keys == null
        && !(connection(host) instanceof AcceptedSocket)
        && dialled.stream().anyMatch(s -> address.equals(s.getRemoteSocketAddress()));
  }

  /** Why hosts do not answer, as far as the key may be the cause. */
  KeyDoubts doubts() {
    return doubts;
  }

  private static InetSocketAddress address(IpAddress ip) {
    return new InetSocketAddress(ip.getIpAddress(), ip.getPort());
  }

  /**
   * Who takes nothing holds up who writes to it, and JGroups closes no connection before it has
   * written a goodbye.
   */
  private void watchWrites(ServerSocket acceptor) {
    while (!acceptor.isClosed()) {
      cutStuck(WRITE_NANOS);
    }
    long end = System.nanoTime() + LAST_NANOS;
    while (isOpen(accepted) || isOpen(dialled)) {
      cutStuck(System.nanoTime() - end < 0 ? LAST_WRITE_NANOS : -1);
    }
  }

  private static boolean isOpen(Set<? extends Socket> sockets) {
    sockets.removeIf(Socket::isClosed);
    return !sockets.isEmpty();
  }

  /**
   * @param limitNanos below 0 cuts all
   */
  private void cutStuck(long limitNanos) {
    LockSupport.parkNanos(WATCH_NANOS);
    accepted.forEach(socket -> cutIfStuck(socket, socket.tls(), limitNanos));
    dialled.forEach(socket -> cutIfStuck(socket, ((DialledSocket) socket).tls(), limitNanos));
  }

  private static void cutIfStuck(Socket socket, TlsStreams tls, long limitNanos) {
    if (limitNanos < 0 || (tls != null && tls.isStuck(limitNanos))) {
      Util.close(socket);
    }
  }

  /** The view has changed: what newcomers said they are counts anew. */
  void forgetClaims() {
    claims.forget();
  }

  /** Newcomers refused since the start for the address that they said, or for the key. */
  long refused() {
    return log.count();
  }

  /** The connection over which {@code said} speaks, as far as it is one of {@code sockets}. */
  static UnfinishedFrames.Line line(SocketFactory sockets, IpAddress said) {
    Socket socket = sockets instanceof ChannelSockets ours ? ours.connection(said) : null;
    return new Line(socket == null ? said.getIpAddress() : socket.getInetAddress(), socket);
  }

  private Socket connection(IpAddress said) {
    InetSocketAddress address = address(said);
    for (AcceptedSocket socket : accepted) {
      if (!socket.isClosed() && address.equals(socket.claimed())) {
        return socket;
      }
    }
    return dialled.stream().filter(s -> isOpenTo(s, address)).findFirst().orElse(null);
  }

  /**
   * @param socket null: of no patience
   */
  private record Line(InetAddress host, Socket socket) implements UnfinishedFrames.Line {
    @Override
    public void patience(int millis) throws IOException {
      if (socket != null) {
        socket.setSoTimeout(millis);
      }
    }

    @Override
    public void rest() {
      try {
        patience(socket instanceof AcceptedSocket ? IDLE_MILLIS : 0);
      } catch (IOException closed) {
        // Nobody reads from it any more.
      }
    }
  }

  /** Closes whatever was accepted and is still open; called when the channel is closed. */
  void closeAccepted() {
    accepted.forEach(Util::close);
    accepted.clear();
    dialled.clear();
  }

  private boolean isAllowed(InetAddress from) {
    boolean allowed = Network.allows(newcomers.allowed(), from);
    if (!allowed) {
      log.say(
          new Refusal(
              Kind.NETWORK,
              "COM2030: a connection from "
                  + from.getHostAddress()
                  + ", which is in none of the networks of serf_lan_allowed_cidrs"));
    }
    return allowed;
  }

  private boolean mayStay(Socket socket) {
    accepted.removeIf(Socket::isClosed);
    InetAddress address = socket.getInetAddress();
    long own = accepted.stream().filter(s -> address.equals(s.getInetAddress())).count();
    return accepted.size() < max && own < maxOfAnAddress;
  }

  private boolean takesAPlace(AcceptedSocket newcomer) throws IOException {
    InetSocketAddress claimed = newcomer.claimed();
    InetAddress from = newcomer.getInetAddress();
    if (claimed.getAddress().equals(from)) {
      return false;
    }
    boolean taken = dialled.stream().anyMatch(s -> isOpenTo(s, claimed));
    for (AcceptedSocket other : accepted) {
      taken |=
          !other.isClosed()
              && !from.equals(other.getInetAddress())
              && claimed.equals(other.claimed());
    }
    if (taken) {
      log.say(
          new Refusal(
              Kind.ADDRESS,
              "COM2025: a connection from "
                  + from.getHostAddress()
                  + " that says it is "
                  + HostPort.of(claimed)
                  + ", to which there is another connection"));
    }
    return taken;
  }

  private boolean mayClaim(AcceptedSocket newcomer) throws IOException {
    InetSocketAddress claimed = newcomer.claimed();
    InetAddress from = newcomer.getInetAddress();
    boolean may = claims.admits(from, claimed);
    if (!may) {
      log.say(
          new Refusal(
              Kind.CLAIM,
              "COM2026: a connection from "
                  + from.getHostAddress()
                  + " that says it is "
                  + HostPort.of(claimed)
                  + ", after "
                  + Claims.MAX_OF_SENDER
                  + " other addresses from there, or "
                  + Claims.MAX
                  + " in all; one more is let in each 10 s"));
    }
    return may;
  }

  private static boolean isOpenTo(Socket socket, InetSocketAddress address) {
    return !socket.isClosed() && address.equals(socket.getRemoteSocketAddress());
  }

  /** Hands out connections that have said who they are, whichever is first. */
  private final class Acceptor extends ServerSocket {
    private final Queue<AcceptedSocket> waiting = new ArrayDeque<>();

    Acceptor() throws IOException {}

    @Override
    public Socket accept() throws IOException {
      while (true) {
        AcceptedSocket ready = firstReady();
        if (ready != null) {
          return ready;
        }
        setSoTimeout(waiting.isEmpty() ? 0 : LOOK_MILLIS);
        for (int i = 0; i < MAX_AT_ONCE && hasAccepted(); i++) {
          setSoTimeout(1); // 0 would be for ever
        }
      }
    }

    /** False when nobody has come in time. */
    private boolean hasAccepted() throws IOException {
      AcceptedSocket socket = new AcceptedSocket(keys);
      try {
        implAccept(socket);
      } catch (SocketTimeoutException nobodyNew) {
        return false;
      } catch (IOException e) {
        if (!isClosed()) {
          // Out of file descriptors, say: at once it would fail again.
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw e;
      }
      socket.mustSayBy(
          System.nanoTime()
              + newcomers.handshake().toNanos()); // implAccept may have waited for hours
      try {
        letIn(socket);
      } catch (IOException gone) {
        Util.close(socket);
      }
      return true;
    }

    private void letIn(AcceptedSocket socket) throws IOException {
      if (!isAllowed(socket.getInetAddress()) || !mayStay(socket)) {
        Util.close(socket);
        return;
      }
      socket.setSoTimeout(IDLE_MILLIS);
      socket.setTcpNoDelay(true); // for the handshake; JGroups sets it later
      accepted.add(socket);
      waiting.add(socket);
    }

    /**
     * Each has its turn, and none a second one before those that come meanwhile are accepted:
     * handshakes of many take longer than one look.
     */
    private AcceptedSocket firstReady() {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
      for (int left = waiting.size(); left > 0 && System.nanoTime() - end < 0; left--) {
        AcceptedSocket newcomer = waiting.remove();
        try {
          if (newcomer.hasIntroducedItself()) {
            if (!takesAPlace(newcomer) && mayClaim(newcomer)) {
              return newcomer;
            }
          } else if (!newcomer.isLate(System.nanoTime())) {
            waiting.add(newcomer);
            continue;
          }
        } catch (NoCommonKey e) {
          String from = newcomer.getInetAddress().getHostAddress();
          log.say(new Refusal(Kind.KEY, KeyDoubts.text(from, e.reason())));
        } catch (IOException | RuntimeException | Error stranger) {
          // Closed below; out of memory in one's handshake, the others are served anyway.
        }
        Util.close(newcomer);
      }
      return null;
    }
  }
}
