package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.transport.Station.free;
import static org.comitia.transport.Station.utf8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.comitia.Told;
import org.comitia.cluster.Reply;
import org.comitia.config.HostPort;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedSockets;
import org.comitia.encryption.KeyedTls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** All that holds without a key holds with one; and what only a key brings. */
class SecuredTransportTest extends NioTransportTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final EncryptionKey KEY = EncryptionKey.parse(EncryptionKey.generate());
  private static final EncryptionKey OTHER = EncryptionKey.parse(EncryptionKey.generate());
  private static final KeyedTls OURS = new KeyedTls(List.of(KEY));
  private static final String ENDED =
      "another encrypt key, or none, or it takes no more connections";
  private static final String MEND = "; give all agents the same encrypt key";
  private static final Logger LOG = Logger.getLogger("transport");

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Handler listener = new Told(line -> told.add(line.getMessage()));
  private final List<AutoCloseable> opened = new ArrayList<>();

  @Override
  KeyedTls tls() {
    return OURS;
  }

  @BeforeEach
  void listen() {
    LOG.addHandler(listener);
  }

  @AfterEach
  void end() throws Exception {
    LOG.removeHandler(listener);
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  static Stream<Arguments> strangers() {
    KeyedTls another = new KeyedTls(List.of(OTHER));
    KeyedTls both = new KeyedTls(List.of(OTHER, KEY));
    String onlyHere = "it has no encrypt key and this agent has one";
    String onlyThere = "it has an encrypt key and this agent has none";
    String refusedHere = "another encrypt key: this agent refuses the other one's";
    String refusedThere = "another encrypt key: the other one refuses this agent's";
    return Stream.of(
        Arguments.of("another key", OURS, another, refusedHere, refusedThere),
        Arguments.of("no key here", null, OURS, onlyThere, onlyHere),
        Arguments.of("no key there", OURS, null, ENDED, onlyThere),
        Arguments.of("known there, not here", OURS, both, refusedHere, refusedThere),
        // The refusal may be lost on its way, with the connection.
        Arguments.of("known here, not there", both, OURS, "another encrypt key", refusedHere));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("strangers")
  void whoHasAnotherKeyOrNoneIsRefusedAndBothSaySo(
      String how, KeyedTls here, KeyedTls there, String saidHere, String saidThere)
      throws Exception {
    Station a = station("127.0.30.1", here, limits -> {});
    Station b = station("127.0.30.2", there, limits -> {});
    CompletableFuture<byte[]> taken = new CompletableFuture<>();
    b.answer =
        body -> {
          taken.complete(body);
          return taken;
        };
    assertThat(((Reply.NotSent<byte[]>) request(a, b.address, "secret")).reason())
        .startsWith(saidHere)
        .endsWith(MEND);
    await("the line of who connected", () -> said("to", saidHere));
    await("the line of the other", () -> said("from", saidThere));
    for (int i = 0; i < 5; i++) {
      assertThat(request(a, b.address, "again")).isInstanceOf(Reply.NotSent.class);
    }
    assertThat(told).hasSize(2);
    assertThat(taken).isNotDone();
    assertThat(b.transport.unfinishedBytes()).isZero();
  }

  @Test
  void whoHasNoPlaceLeftIsNotSaidToHaveAnotherKeyForSure() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    Station full = station("127.0.30.2", OURS, limits -> limits.connections = 0);
    assertThat(request(a, full.address, "x")).isInstanceOf(Reply.NotSent.class);
    await("the line", () -> said("to", ENDED));
  }

  @Test
  void strangersDoNotHideAPeersLine() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    Station b = station("127.0.30.2", null, limits -> {});
    try (Socket stranger = plain(a)) {
      stranger.setSoTimeout(20_000);
      stranger.getOutputStream().write(utf8("GET / HTTP/1.1\r\n\r\n"));
      assertEnd(stranger.getInputStream());
    }
    await("the stranger's line", () -> said("from", "it has no encrypt key"));
    assertThat(request(a, b.address, "x")).isInstanceOf(Reply.NotSent.class);
    await("the peer's line", () -> said("to", ENDED));
  }

  @Test
  void anyOfTheKeysThatAreKnownIsTaken() throws Exception {
    Station a = station("127.0.30.1", new KeyedTls(List.of(OTHER, KEY)), limits -> {});
    Station b = station("127.0.30.2", new KeyedTls(List.of(KEY, OTHER)), limits -> {});
    assertThat(request(a, b.address, "x")).isInstanceOf(Reply.Answered.class);
    assertThat(request(b, a.address, "y")).isInstanceOf(Reply.Answered.class);
    assertThat(told).isEmpty();
  }

  @Test
  void whoListensInBetweenSeesNothing() throws Exception {
    for (KeyedTls tls : new KeyedTls[] {OURS, null}) {
      Station a = station("127.0.30.1", tls, limits -> {});
      Station b = station("127.0.30.2", tls, limits -> {});
      try (Tap tap = new Tap("127.0.30.3", b.address, 64 << 10)) {
        assertThat(request(a, tap.address, "the marker")).isInstanceOf(Reply.Answered.class);
        assertThat(tap.saw("the marker")).isEqualTo(tls == null);
        // Nor who they are: the greeting goes inside.
        assertThat(tap.saw(a.address)).isEqualTo(tls == null);
      }
    }
  }

  @Test
  void aHandshakeThatStopsHalfwayEndsAtItsDeadlineAndGivesItsPlaceBack() throws Exception {
    byte[] hello = hello(OURS);
    for (int length : new int[] {0, 3, hello.length - 1, hello.length}) {
      Consumer<TransportOptions.Limits> tight =
          limits -> {
            limits.connections = 1;
            limits.handshake = Duration.ofMillis(300);
          };
      try (Station a = new Station(free("127.0.30.1"), OURS, tight);
          Socket half = plain(a)) {
        half.setSoTimeout(20_000);
        half.getOutputStream().write(hello, 0, length);
        assertEnd(half.getInputStream());
        await("its place", () -> isServed(a));
      }
    }
    assertThat(told).noneMatch(line -> line.startsWith("COM3111"));
  }

  static Stream<Arguments> tooLong() {
    // A record that says it has 4 KiB, and a message of 28 KiB in records of one each.
    ByteBuffer record = ByteBuffer.allocate(5 + (4 << 10)).put(recordHead(4 << 10));
    ByteBuffer message = ByteBuffer.allocate(16 * (5 + (1 << 10)));
    while (message.hasRemaining()) {
      message.put(recordHead(1 << 10)).put(new byte[1 << 10]);
    }
    message.put(5, new byte[] {1, 0, 0x70, 0});
    return Stream.of(
        Arguments.of(record.array(), "a record of more than 4096 bytes"),
        Arguments.of(message.array(), "has more than 16384 bytes"));
  }

  private static byte[] recordHead(int length) {
    return new byte[] {0x16, 3, 1, (byte) (length >> 8), (byte) length};
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("tooLong")
  void aHandshakeThatIsLongerThanAnyIsCutOff(byte[] begin, String reason) throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (Socket socket = plain(a)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(begin);
      assertEnd(socket.getInputStream());
    }
    await(
        "the line",
        () -> told.stream().anyMatch(l -> l.startsWith("COM3111") && l.contains(reason)));
  }

  @Test
  void whatIsNoRecordEndsItsConnectionAndNothingElse() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    Station b = station("127.0.30.2", OURS, limits -> {});
    assertThat(request(b, a.address, "x")).isInstanceOf(Reply.Answered.class);
    try (Socket socket = plain(a)) {
      ping(greeted(a, socket));
      socket.getOutputStream().write(Frames.seal(new byte[50], Frames.RAFT));
      assertEnd(socket.getInputStream());
    }
    assertThat(request(b, a.address, "y")).isInstanceOf(Reply.Answered.class);
    assertThat(b.broken).isEmpty();
    assertThat(a.transport.dropped()).isZero();
  }

  @Test
  void aGoodbyeAndAnEndWithoutOneAreTheSame() throws Exception {
    for (boolean goodbye : new boolean[] {true, false}) {
      Station a = station("127.0.30.1", OURS, limits -> limits.connections = 1);
      try (Socket socket = plain(a)) {
        SSLSocket secured = greeted(a, socket);
        ping(secured);
        (goodbye ? secured : socket).close();
        await("its place", () -> isServed(a));
      }
    }
  }

  @Test
  void keysThatAreChangedUnderwayGoOn() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (Socket socket = plain(a);
        SSLSocket secured = greeted(a, socket)) {
      for (int i = 0; i < 5; i++) {
        secured.startHandshake(); // RFC 8446, 4.6.3: new keys, and the other side's asked for
        ping(secured);
      }
    }
  }

  @Test
  void whoAsksForNewKeysGetsThemAlthoughThereIsNothingToSay() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (Tap tap = new Tap("127.0.30.3", a.address, 64 << 10);
        Socket socket = plain(tap.address)) {
      SSLSocket secured = greeted(a, socket);
      ping(secured);
      long before = tap.back();
      secured.startHandshake();
      await("a record with new keys", () -> tap.back() > before);
      ping(secured);
    }
  }

  @Test
  void dataThatComesTogetherWithTheHandshakesEndIsRead() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (Holding socket = new Holding(1)) {
      socket.connect(HostPort.parse(a.address).literal());
      SSLSocket secured = KeyedSockets.around(OURS, socket, true);
      secured.setSoTimeout(20_000);
      secured.startHandshake(); // its end is held back
      secured.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, ""));
      secured.getOutputStream().write(Frames.empty(Frames.PING));
      socket.release();
      welcome(a, secured);
      assertThat(secured.getInputStream().readNBytes(Frames.HEADER))
          .isEqualTo(Frames.empty(Frames.PONG));
    }
  }

  @Test
  void dataBetweenTheHandshakesEndAndTheConnectionsIsReadAsWell() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (Holding socket = new Holding(1)) {
      socket.connect(HostPort.parse(a.address).literal());
      SSLSocket secured = KeyedSockets.around(OURS, socket, true);
      secured.startHandshake();
      secured.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, ""));
      secured.getOutputStream().write(Frames.seal(new byte[50], Frames.RAFT));
      socket.release();
      socket.shutdownOutput();
      await("the damaged frame", () -> a.transport.dropped() == 1);
    }
  }

  @Test
  void aLargeRecordThatComesTogetherWithTheGreetingIsRead() throws Exception {
    Station a = station("127.0.30.1", OURS, limits -> {});
    try (ServerSocket server = new HoldingServer("127.0.30.9")) {
      a.transport.send("127.0.30.9:" + server.getLocalPort(), Station.heartbeat(1));
      try (Holding accepted = (Holding) server.accept()) {
        SSLSocket secured = KeyedSockets.around(OURS, accepted, false);
        byte[] hello = Frames.greeting(Frames.HELLO, Frames.SPOKEN, a.address);
        assertThat(secured.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
        accepted.hold();
        secured.getOutputStream().write(Frames.greeting(Frames.WELCOME, Frames.SPOKEN, "b"));
        secured.getOutputStream().write(Frames.seal(new byte[10_000], Frames.RAFT));
        accepted.release();
        await("the damaged frame", () -> a.transport.dropped() == 1);
      }
    }
  }

  private boolean said(String direction, String reason) {
    return told.stream()
        .anyMatch(
            line ->
                line.startsWith("COM3111: transport: closed a connection " + direction + " 127.")
                    && line.contains(": " + reason)
                    && line.contains(MEND));
  }

  private Station station(String ip, KeyedTls tls, Consumer<TransportOptions.Limits> change)
      throws IOException {
    Consumer<TransportOptions.Limits> patient =
        limits -> {
          limits.greeting = Duration.ofSeconds(30);
          limits.handshake = Duration.ofSeconds(30);
        };
    Station station = new Station(free(ip), tls, patient.andThen(change));
    opened.add(station);
    return station;
  }

  private static Reply<byte[]> request(Station from, String to, String body) {
    try {
      return from.transport
          .request(to, utf8(body), LONG)
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no outcome", e);
    }
  }

  private static Socket plain(Station station) throws IOException {
    return plain(station.address);
  }

  private static Socket plain(String address) throws IOException {
    InetSocketAddress at = HostPort.parse(address).literal();
    return new Socket(at.getAddress(), at.getPort());
  }

  /** What a handshake begins with. */
  static byte[] hello(KeyedTls tls) throws SSLException {
    SSLEngine engine = tls.engine(true);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), hello);
    return Arrays.copyOf(hello.array(), hello.position());
  }

  private static SSLSocket greeted(Station station, Socket socket) throws IOException {
    SSLSocket secured = KeyedSockets.around(OURS, socket, true);
    secured.setSoTimeout(20_000);
    secured.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, ""));
    welcome(station, secured);
    return secured;
  }

  private static void welcome(Station station, Socket socket) throws IOException {
    byte[] welcome = Frames.greeting(Frames.WELCOME, Frames.SPOKEN, station.address);
    assertThat(socket.getInputStream().readNBytes(welcome.length)).isEqualTo(welcome);
  }

  private static void ping(Socket socket) throws IOException {
    socket.getOutputStream().write(Frames.empty(Frames.PING));
    assertThat(socket.getInputStream().readNBytes(Frames.HEADER))
        .isEqualTo(Frames.empty(Frames.PONG));
  }

  private static boolean isServed(Station station) {
    try (Socket socket = plain(station)) {
      ping(greeted(station, socket));
      return true;
    } catch (IOException | AssertionError refused) {
      return false;
    }
  }

  /** Within the socket's timeout. */
  private static void assertEnd(InputStream in) throws IOException {
    try {
      in.readAllBytes();
    } catch (java.net.SocketException reset) {
      // Closed with something of ours unread: the same.
    }
  }

  private static final class HoldingServer extends ServerSocket {
    HoldingServer(String ip) throws IOException {
      super(0, 1, InetAddress.getByName(ip));
    }

    @Override
    public Socket accept() throws IOException {
      Holding socket = new Holding(Integer.MAX_VALUE);
      implAccept(socket);
      return socket;
    }
  }

  /** Sends so many pieces that are written, then holds back until it is told. */
  private static final class Holding extends Socket {
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private int passing;

    Holding(int passing) {
      this.passing = passing;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream out = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          (passing-- > 0 ? out : held).write(bytes, offset, length);
        }
      };
    }

    void hold() {
      passing = 0;
    }

    void release() throws IOException {
      super.getOutputStream().write(held.toByteArray());
    }
  }
}
