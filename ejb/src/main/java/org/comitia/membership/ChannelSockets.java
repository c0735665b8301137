package org.comitia.membership;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.comitia.config.HostPort;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;
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
 * not more addresses than {@link Claims} admits. Safe for any thread.
 */
final class ChannelSockets extends DefaultSocketFactory {
  /** Silent for so long, a connection is dead: members' heartbeats come each second. */
  private static final int IDLE_MILLIS = 60_000;

  private static final int LOOK_MILLIS = 5;
  private static final long PAUSE_NANOS = 100_000_000L;

  private final int maxOfAnAddress;
  private final int max;
  private final long patienceNanos;
  private final Set<AcceptedSocket> accepted = ConcurrentHashMap.newKeySet();
  private final Set<Socket> dialled = ConcurrentHashMap.newKeySet();
  private final RefusalLog log = new RefusalLog(System::nanoTime);
  private final Claims claims = new Claims(System::nanoTime);

  ChannelSockets() {
    this(128, 1024, 2_000_000_000L);
  }

  /**
   * @param maxOfAnAddress accepted connections of one address
   * @param max accepted connections
   * @param patienceNanos how long a newcomer may take to say who it is
   */
  ChannelSockets(int maxOfAnAddress, int max, long patienceNanos) {
    this.maxOfAnAddress = maxOfAnAddress;
    this.max = max;
    this.patienceNanos = patienceNanos;
  }

  @Override
  public ServerSocket createServerSocket(String service) throws IOException {
    return new Acceptor();
  }

  @Override
  public Socket createSocket(String service) throws IOException {
    dialled.removeIf(Socket::isClosed);
    Socket socket = super.createSocket(service);
    dialled.add(socket);
    return socket;
  }

  /** The view has changed: what newcomers said they are counts anew. */
  void forgetClaims() {
    claims.forget();
  }

  /** Newcomers refused since the start for the address that they said. */
  long refused() {
    return log.count();
  }

  /** The connection over which {@code said} speaks, as far as it is one of {@code sockets}. */
  static UnfinishedFrames.Line line(SocketFactory sockets, IpAddress said) {
    Socket socket = sockets instanceof ChannelSockets ours ? ours.connection(said) : null;
    return new Line(socket == null ? said.getIpAddress() : socket.getInetAddress(), socket);
  }

  private Socket connection(IpAddress said) {
    InetSocketAddress address = new InetSocketAddress(said.getIpAddress(), said.getPort());
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
    private final Set<AcceptedSocket> waiting = new LinkedHashSet<>();

    Acceptor() throws IOException {}

    @Override
    public Socket accept() throws IOException {
      while (true) {
        AcceptedSocket ready = firstReady();
        if (ready != null) {
          return ready;
        }
        setSoTimeout(waiting.isEmpty() ? 0 : LOOK_MILLIS);
        AcceptedSocket socket = new AcceptedSocket(System.nanoTime() + patienceNanos);
        try {
          implAccept(socket);
        } catch (SocketTimeoutException nobodyNew) {
          continue;
        } catch (IOException e) {
          if (!isClosed()) {
            // Out of file descriptors, say: at once it would fail again.
            LockSupport.parkNanos(PAUSE_NANOS);
          }
          throw e;
        }
        if (mayStay(socket)) {
          socket.setSoTimeout(IDLE_MILLIS);
          accepted.add(socket);
          waiting.add(socket);
        } else {
          Util.close(socket);
        }
      }
    }

    private AcceptedSocket firstReady() {
      long now = System.nanoTime();
      for (Iterator<AcceptedSocket> all = waiting.iterator(); all.hasNext(); ) {
        AcceptedSocket newcomer = all.next();
        try {
          if (newcomer.hasIntroducedItself()) {
            if (!takesAPlace(newcomer) && mayClaim(newcomer)) {
              all.remove();
              return newcomer;
            }
          } else if (!newcomer.isLate(now)) {
            continue;
          }
        } catch (IOException stranger) {
          // closed below
        }
        all.remove();
        Util.close(newcomer);
      }
      return null;
    }
  }
}
