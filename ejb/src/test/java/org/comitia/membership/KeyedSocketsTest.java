package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.membership.KeyDoubts.Reason;
import org.comitia.membership.MembershipOptions.Newcomers;
import org.comitia.membership.TlsStreams.NoCommonKey;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedSocketsTest {
  private static final EncryptionKey KEY = EncryptionKey.parse(EncryptionKey.generate());
  private static final EncryptionKey OTHER = EncryptionKey.parse(EncryptionKey.generate());
  private static final KeyedTls KEYS = new KeyedTls(List.of(KEY));
  private static final long LONG = TimeUnit.MINUTES.toNanos(10);
  private static final long USUAL = TimeUnit.SECONDS.toNanos(2);
  private static final int DIAL_MILLIS = 20_000;

  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private final List<Socket> opened = new ArrayList<>();
  private final CompletableFuture<Void> watched = new CompletableFuture<>();
  private ChannelSockets sockets;
  private ServerSocket server;
  private Thread acceptor;

  @AfterEach
  void close() throws Exception {
    server.close();
    acceptor.join();
    for (Socket socket : opened) {
      socket.close();
    }
    watched.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aGoodNewcomerIsServedWhileTheHandshakesOfOthersStandStill() throws Exception {
    open(KEYS, 128, 1024, LONG);
    for (int i = 0; i < 60; i++) {
      Socket half = connect("127.0.64.1");
      half.getOutputStream().write(hello(), 0, i % 3 == 0 ? hello().length : i % 3 * 5);
    }
    Socket good = introduced("127.0.64.2");
    assertThat(accepted.take().getPort()).isEqualTo(good.getLocalPort());
  }

  @Test
  void aHandshakeThatIsHalfDoneEndsAtTheDeadlineAndGivesItsPlaceBack() throws Exception {
    open(KEYS, 2, 10, USUAL);
    Socket silent = connect("127.0.64.1");
    Socket half = connect("127.0.64.1");
    half.getOutputStream().write(hello());
    assertThat(isClosed(connect("127.0.64.1"))).as("no place is left").isTrue();
    assertThat(half.getInputStream().readAllBytes()).as("its answer").isNotEmpty();
    assertThat(isClosed(silent)).isTrue();
    assertThat(sockets.refused()).as("it may be anybody").isZero();
    Socket good = introduced("127.0.64.1");
    assertThat(accepted.take().getPort()).isEqualTo(good.getLocalPort());
  }

  @Test
  void whoProvesTheKeyAndDoesNotSayWhoItIsIsClosedAtTheDeadline() throws Exception {
    open(KEYS, 10, 10, USUAL);
    Socket nobody = dialled("127.0.64.1", KEYS);
    assertThat(isClosed(nobody)).isTrue();
    assertThat(accepted).isEmpty();
  }

  @Test
  void whatANewcomerHasSaidIsReadFromItsBeginning() throws Exception {
    open(KEYS, 10, 10, LONG);
    Socket good = introduced("127.0.64.1");
    good.getOutputStream().write(7);
    Socket here = accepted.take();
    byte[] introduction = ChannelSocketsTest.introduction();
    InputStream in = here.getInputStream();
    byte[] read = in.readNBytes(introduction.length + 1);
    assertThat(read).startsWith(introduction).endsWith((byte) 7);
    byte[] much = new byte[3 * 16_384 + 1];
    Arrays.fill(much, (byte) 9);
    Thread writer = new Thread(() -> write(here, much));
    writer.start();
    assertThat(good.getInputStream().readNBytes(much.length)).isEqualTo(much);
    writer.join();
    good.close();
    assertThat(in.read()).isNegative();
  }

  @Test
  void whoHasAnotherKeyIsToldSoAndClosed() throws Exception {
    open(KEYS, 10, 10, LONG);
    assertThatThrownBy(() -> dialled("127.0.64.1", new KeyedTls(List.of(OTHER))))
        .isInstanceOf(NoCommonKey.class)
        .hasMessage(Reason.ANOTHER.text());
    await("it is told here too", () -> sockets.refused() == 1);
    // It takes our key, we do not take its first one: its side of the handshake is done by then.
    assertThatThrownBy(() -> dialled("127.0.64.1", new KeyedTls(List.of(OTHER, KEY))))
        .isInstanceOf(NoCommonKey.class)
        .hasMessage(Reason.ANOTHER.text());
    await("it is told here too", () -> sockets.refused() == 2);
    assertThat(accepted).isEmpty();
    assertThat(isClosed(opened.get(0))).isTrue();
  }

  @Test
  void whoHasNoKeyIsToldByAnAlertAndClosed() throws Exception {
    open(KEYS, 10, 10, LONG);
    Socket plain = connect("127.0.64.1");
    plain.getOutputStream().write(ChannelSocketsTest.introduction());
    byte[] alert = plain.getInputStream().readAllBytes();
    assertThat(ByteBuffer.wrap(alert).getInt()).isEqualTo(AcceptedSocket.ALERT_AS_LENGTH);
    await("it is told", () -> sockets.refused() == 1);
    assertThat(accepted).isEmpty();
  }

  @Test
  void whoHasAKeyWhereThereIsNoneIsToldByAnAlertAndClosed() throws Exception {
    open(null, 10, 10, LONG);
    assertThatThrownBy(() -> dialled("127.0.64.1", KEYS))
        .isInstanceOf(NoCommonKey.class)
        .hasMessage(Reason.NONE_THERE.text());
    await("it is told here too", () -> sockets.refused() == 1);
    assertThat(accepted).isEmpty();
  }

  @Test
  void whoIsNoAgentIsClosedSilently() throws Exception {
    open(KEYS, 10, 10, LONG);
    Socket stranger = connect("127.0.64.1");
    stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
    assertThat(isClosed(stranger)).isTrue();
    assertThat(sockets.refused()).isZero();
  }

  @Test
  void beforeTheProofNoMoreIsTakenThanTheBound() throws Exception {
    open(KEYS, 10, 10, LONG);
    int length = TlsStreams.MAX_UNPROVED;
    byte[] record =
        ByteBuffer.allocate(5 + length).put(hello(), 0, 3).putShort((short) length).array();
    Socket atTheBound = connect("127.0.64.1");
    atTheBound.getOutputStream().write(record, 0, length - 1);
    Socket over = connect("127.0.64.1");
    over.getOutputStream().write(record);
    assertThat(isClosed(over)).isTrue();
    atTheBound.setSoTimeout(200);
    assertThat(isClosed(atTheBound)).isFalse();
  }

  @Test
  void aRecordThatComesByteByByteEndsWithThePatience() throws Exception {
    open(KEYS, 10, 10, LONG);
    Socket under = connect("127.0.64.1");
    TlsStreams good =
        new TlsStreams(
            KEYS.engine(true), under, under.getInputStream(), under.getOutputStream(), new byte[0]);
    good.prove(System.nanoTime() + LONG);
    good.out().write(ChannelSocketsTest.introduction());
    Socket here = accepted.take();
    InputStream in = here.getInputStream();
    in.readNBytes(ChannelSocketsTest.introduction().length);
    here.setSoTimeout(1_000);
    Thread trickle = new Thread(() -> trickle(under));
    trickle.start();
    assertThatThrownBy(() -> in.read())
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessage("a record takes too long");
    here.close();
    trickle.join();
  }

  /** Sends one byte after the other of a record that has no end yet. */
  private static void trickle(Socket under) {
    try {
      under.getOutputStream().write(new byte[] {0x17, 3, 3, 0x40, 0});
      while (true) {
        under.getOutputStream().write(1);
        Thread.sleep(100);
      }
    } catch (IOException | InterruptedException closed) {
      // as it should be
    }
  }

  @Test
  void whoTakesNothingHoldsUpNobodyForLong() throws Exception {
    open(KEYS, 10, 10, LONG);
    introduced("127.0.64.1");
    introduced("127.0.64.2");
    Socket one = accepted.take();
    Socket other = accepted.take();
    CompletableFuture<Throwable> end = writeUntilItEnds(other);
    assertThat(writeUntilItEnds(one).get(30, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
    assertThat(end.get(30, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
  }

  @Test
  void jGroupsGetsNoSocketOverWhichNoKeyWasProved() throws Exception {
    open(KEYS, 10, 10, LONG);
    assertThatThrownBy(() -> sockets.createSocket("test")).isInstanceOf(IOException.class);
    IpAddress here = new IpAddress((InetSocketAddress) server.getLocalSocketAddress());
    InetAddress from = InetAddress.getByName("127.0.64.1");
    List<Socket> got = new ArrayList<>();
    sockets.dial(here, from, DIAL_MILLIS, () -> got.add(sockets.createSocket("test")));
    assertThat(got.get(0).isClosed()).isFalse();
    assertThat(got.get(0).getLocalAddress()).isEqualTo(from);
    assertThat(got.get(0).getRemoteSocketAddress()).isEqualTo(server.getLocalSocketAddress());
    got.get(0).getOutputStream().write(ChannelSocketsTest.introduction());
    accepted.take();
    sockets.dial(here, from, DIAL_MILLIS, () -> {}); // somebody else was first
    assertThatThrownBy(() -> sockets.createSocket("test")).isInstanceOf(IOException.class);
    got.get(0).close();
  }

  @Test
  void aDoubtEndsWithAProof() throws Exception {
    open(KEYS, 1, 10, LONG);
    IpAddress here = new IpAddress((InetSocketAddress) server.getLocalSocketAddress());
    InetSocketAddress host = (InetSocketAddress) server.getLocalSocketAddress();
    InetAddress from = InetAddress.getByName("127.0.64.1");
    long start = System.nanoTime();
    introduced("127.0.64.1");
    Socket only = accepted.take();
    assertThatThrownBy(() -> sockets.dial(here, from, DIAL_MILLIS, () -> {}))
        .as("no place is left")
        .isInstanceOf(DialledSocket.HungUp.class);
    assertThat(sockets.doubts().since(host, start).certain()).isFalse();
    only.close();
    sockets.dial(here, from, DIAL_MILLIS, () -> {});
    assertThat(sockets.doubts().since(host, start)).isNull();
  }

  private static CompletableFuture<Throwable> writeUntilItEnds(Socket socket) {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                while (true) {
                  socket.getOutputStream().write(new byte[60_000]);
                }
              } catch (IOException e) {
                end.complete(e);
              }
            });
    writer.setDaemon(true);
    writer.start();
    return end;
  }

  private static void write(Socket to, byte[] bytes) {
    try {
      to.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void open(KeyedTls keys, int maxOfAnAddress, int max, long patience) throws Exception {
    sockets =
        new ChannelSockets(
            keys,
            task ->
                new Thread(
                        () -> {
                          task.run();
                          watched.complete(null);
                        })
                    .start(),
            maxOfAnAddress,
            max,
            new Newcomers(List.of(), Duration.ofNanos(patience)));
    server = sockets.createServerSocket("test");
    server.bind(new InetSocketAddress(InetAddress.getByName("127.0.64.9"), 0));
    if (keys == null) {
      watched.complete(null);
    }
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
    opened.add(socket);
    return socket;
  }

  private Socket dialled(String from, KeyedTls keys) throws IOException {
    DialledSocket socket = new DialledSocket();
    opened.add(socket);
    InetSocketAddress here = (InetSocketAddress) server.getLocalSocketAddress();
    socket.dial(new InetSocketAddress(from, 0), here, keys, DIAL_MILLIS);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private Socket introduced(String from) throws IOException {
    Socket socket = dialled(from, KEYS);
    socket.getOutputStream().write(ChannelSocketsTest.introduction(from));
    return socket;
  }

  private static boolean isClosed(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** How a client begins. */
  private static byte[] hello() throws IOException {
    ByteBuffer record = ByteBuffer.allocate(20_000);
    KEYS.engine(true).wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }
}
