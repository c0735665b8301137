package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.comitia.config.Network;
import org.comitia.membership.MembershipOptions.Newcomers;
import org.jgroups.Version;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChannelSocketsTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(10);
  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private ServerSocket server;
  private Thread acceptor;

  @AfterEach
  void close() throws Exception {
    server.close();
    acceptor.join();
  }

  @Test
  void aSilentNewcomerDelaysNobody() throws Exception {
    open(sockets(10, 10, LONG));
    try (Socket silent = connect("127.0.64.1");
        Socket half = connect("127.0.64.1");
        Socket honest = connect("127.0.64.2")) {
      half.getOutputStream().write(introduction(), 0, 9);
      honest.getOutputStream().write(introduction());
      Socket first = accepted.take();
      assertThat(first.getPort()).isEqualTo(honest.getLocalPort());
      half.getOutputStream().write(introduction(), 9, introduction().length - 9);
      assertThat(accepted.take().getPort()).isEqualTo(half.getLocalPort());
    }
  }

  @Test
  void whatANewcomerHasSaidIsReadFromItsBeginning() throws Exception {
    open(sockets(10, 10, LONG));
    try (Socket honest = connect("127.0.64.1")) {
      honest.getOutputStream().write(introduction());
      honest.getOutputStream().write(7);
      byte[] read = accepted.take().getInputStream().readNBytes(introduction().length + 1);
      assertThat(read).startsWith(introduction()).endsWith((byte) 7);
    }
  }

  @Test
  void whoIsNoAgentOrTooLateIsClosed() throws Exception {
    open(sockets(10, 10, TimeUnit.MILLISECONDS.toNanos(200)));
    try (Socket stranger = connect("127.0.64.1");
        Socket liar = connect("127.0.64.1");
        Socket silent = connect("127.0.64.1")) {
      stranger.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes());
      byte[] otherLength = introduction();
      otherLength[8] = 16;
      liar.getOutputStream().write(otherLength);
      assertThat(isClosed(stranger)).isTrue();
      assertThat(isClosed(liar)).isTrue();
      assertThat(isClosed(silent)).isTrue();
      assertThat(accepted).isEmpty();
    }
  }

  @Test
  void aNewcomerHasItsWholePatienceAfterALongSilence() throws Exception {
    open(sockets(10, 10, TimeUnit.SECONDS.toNanos(3)));
    Thread.sleep(3_200);
    try (Socket newcomer = connect("127.0.64.1")) {
      Thread.sleep(100); // it is looked at before it says anything
      newcomer.getOutputStream().write(introduction());
      assertThat(accepted.take().getPort()).isEqualTo(newcomer.getLocalPort());
    }
  }

  @Test
  void allThatHaveComeAreAcceptedBeforeOneIsServed() throws Exception {
    ChannelSockets sockets = sockets(1, 10, LONG);
    bind(sockets);
    try (Socket first = connect("127.0.64.1");
        Socket second = connect("127.0.64.1")) {
      first.getOutputStream().write(introduction());
      Socket served = server.accept();
      assertThat(served.getPort()).isEqualTo(first.getLocalPort());
      assertThat(isClosed(second)).as("it was looked at too: no place is left").isTrue();
    } finally {
      startAcceptor(sockets);
    }
  }

  @Test
  void whoIsInNoneOfTheAllowedNetworksIsClosedAtOnce() throws Exception {
    Network allowed = new Network(InetAddress.getByName("127.0.64.1"), 32);
    open(
        new ChannelSockets(
            null, null, 10, 10, new Newcomers(List.of(allowed), Duration.ofMinutes(1))));
    try (Socket stranger = connect("127.0.64.2");
        Socket neighbour = connect("127.0.64.1")) {
      stranger.getOutputStream().write(introduction());
      neighbour.getOutputStream().write(introduction());
      assertThat(isClosed(stranger)).isTrue();
      assertThat(accepted.take().getPort()).isEqualTo(neighbour.getLocalPort());
      assertThat(accepted).isEmpty();
    }
  }

  @Test
  void oneAddressMayHaveSoManyConnectionsAndAnotherIsServed() throws Exception {
    open(sockets(2, 10, LONG));
    try (Socket one = connect("127.0.64.1");
        Socket two = connect("127.0.64.1");
        Socket three = connect("127.0.64.1");
        Socket other = connect("127.0.64.2")) {
      assertThat(isClosed(three)).isTrue();
      other.getOutputStream().write(introduction());
      assertThat(accepted.take().getPort()).isEqualTo(other.getLocalPort());
      two.getOutputStream().write(introduction());
      accepted.take().close();
      try (Socket four = connect("127.0.64.1")) {
        four.getOutputStream().write(introduction());
        assertThat(accepted.take().getPort()).isEqualTo(four.getLocalPort());
      }
    }
  }

  @Test
  void allAddressesTogetherMayHaveSoManyConnections() throws Exception {
    open(sockets(10, 1, LONG));
    try (Socket one = connect("127.0.64.1");
        Socket other = connect("127.0.64.2")) {
      assertThat(isClosed(other)).isTrue();
      one.getOutputStream().write(introduction());
      assertThat(accepted.take().getPort()).isEqualTo(one.getLocalPort());
    }
  }

  @Test
  void aNewcomerThatSaysItIsAnotherTakesThePlaceOfNobody() throws Exception {
    ChannelSockets sockets = sockets(10, 10, LONG);
    open(sockets);
    try (Socket member = connect("127.0.64.1");
        Socket stranger = connect("127.0.64.2");
        Socket sameHost = connect("127.0.64.1")) {
      member.getOutputStream().write(introduction());
      Socket place = accepted.take();
      stranger.getOutputStream().write(introduction());
      assertThat(isClosed(stranger)).isTrue();
      assertThat(sockets.refused()).isEqualTo(1);
      sameHost.getOutputStream().write(introduction());
      assertThat(accepted.take().getPort()).isEqualTo(sameHost.getLocalPort());
      place.close();
    }
  }

  @Test
  void aNewcomerThatSaysTheAddressOfWhomWeHaveDialledIsClosed() throws Exception {
    ChannelSockets sockets = sockets(10, 10, LONG);
    open(sockets);
    try (ServerSocket member = new ServerSocket()) {
      member.bind(new InetSocketAddress(InetAddress.getByName("127.0.64.1"), 0));
      try (Socket dialled = sockets.createSocket("test");
          Socket stranger = connect("127.0.64.2")) {
        dialled.connect(member.getLocalSocketAddress());
        stranger.getOutputStream().write(introduction(member.getLocalPort()));
        assertThat(isClosed(stranger)).isTrue();
      }
      try (Socket behindABorder = connect("127.0.64.2")) {
        behindABorder.getOutputStream().write(introduction(member.getLocalPort()));
        assertThat(accepted.take().getPort()).isEqualTo(behindABorder.getLocalPort());
      }
    }
  }

  @Test
  void aNewcomerThatSaysOneAddressAfterTheOtherIsClosedAndOneWithAKnownAddressIsServed()
      throws Exception {
    ChannelSockets sockets = sockets(10, 10, LONG);
    open(sockets);
    // One over the bound is let in each ten seconds.
    for (int port = 1; port <= Claims.MAX_OF_SENDER + 1; port++) {
      try (Socket one = connect("127.0.64.1")) {
        one.getOutputStream().write(introduction(port));
        accepted.take().close();
      }
    }
    try (Socket tooMany = connect("127.0.64.1");
        Socket known = connect("127.0.64.1")) {
      tooMany.getOutputStream().write(introduction(Claims.MAX_OF_SENDER + 2));
      assertThat(isClosed(tooMany)).isTrue();
      assertThat(sockets.refused()).isEqualTo(1);
      known.getOutputStream().write(introduction(1));
      assertThat(accepted.take().getPort()).isEqualTo(known.getLocalPort());
    }
  }

  @Test
  void ofWhoSpeaksItIsKnownWhereItReallyIsAndItsPatienceIsKept() throws Exception {
    ChannelSockets sockets = sockets(10, 10, LONG);
    open(sockets);
    IpAddress said = new IpAddress(InetAddress.getByName("127.0.64.1"), 8301);
    assertThat(ChannelSockets.line(sockets, said).host()).isEqualTo(said.getIpAddress());
    try (Socket stranger = connect("127.0.64.2")) {
      stranger.getOutputStream().write(introduction());
      Socket line = accepted.take();
      int usual = line.getSoTimeout();
      UnfinishedFrames.Line of = ChannelSockets.line(sockets, said);
      assertThat(of.host()).isEqualTo(stranger.getLocalAddress());
      of.patience(7);
      assertThat(line.getSoTimeout()).isEqualTo(7);
      of.rest();
      assertThat(line.getSoTimeout()).isEqualTo(usual);
    }
  }

  private static ChannelSockets sockets(int maxOfAnAddress, int max, long patienceNanos) {
    return new ChannelSockets(
        null, null, maxOfAnAddress, max, new Newcomers(List.of(), Duration.ofNanos(patienceNanos)));
  }

  private void open(ChannelSockets sockets) throws IOException {
    bind(sockets);
    startAcceptor(sockets);
  }

  private void bind(ChannelSockets sockets) throws IOException {
    server = sockets.createServerSocket("test");
    server.bind(new InetSocketAddress(InetAddress.getByName("127.0.64.9"), 0));
  }

  private void startAcceptor(ChannelSockets sockets) {
    acceptor =
        new Thread(
            () -> {
              try {
                while (true) {
                  accepted.add(server.accept());
                }
              } catch (IOException closed) {
                sockets.closeAccepted();
              }
            });
    acceptor.start();
  }

  private Socket connect(String from) throws IOException {
    Socket socket =
        new Socket(server.getInetAddress(), server.getLocalPort(), InetAddress.getByName(from), 0);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static boolean isClosed(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** As JGroups makes it. */
  static byte[] introduction() throws IOException {
    return introduction("127.0.64.1");
  }

  static byte[] introduction(String ip) throws IOException {
    return introduction(ip, 8301);
  }

  private static byte[] introduction(int port) throws IOException {
    return introduction("127.0.64.1", port);
  }

  static byte[] introduction(String ip, int port) throws IOException {
    IpAddress address = new IpAddress(InetAddress.getByName(ip), port);
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(32);
    out.write(Connection.cookie);
    out.writeShort(Version.version);
    out.writeShort(address.serializedSize());
    address.writeTo(out);
    return java.util.Arrays.copyOf(out.buffer(), out.position());
  }
}
