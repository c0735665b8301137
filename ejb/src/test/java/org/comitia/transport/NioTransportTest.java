package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;
import static org.comitia.transport.Station.bulk;
import static org.comitia.transport.Station.free;
import static org.comitia.transport.Station.heartbeat;
import static org.comitia.transport.Station.utf8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.config.HostPort;
import org.comitia.config.Network;
import org.comitia.encryption.KeyedSockets;
import org.comitia.encryption.KeyedTls;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NioTransportTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration WAITING = Transport.LONGEST_SHORT_REQUEST.plusMillis(1);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  @Test
  void framesArriveInOrderWithTheSendersAdvertisedAddress() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    for (int term = 1; term <= 500; term++) {
      a.transport.send(b.address, bulk(term, 2000));
    }
    await("500 frames", () -> b.envelopes.size() == 500);
    for (int i = 0; i < 500; i++) {
      assertThat(b.envelopes.get(i)).isEqualTo(bulk(i + 1, 2000));
    }
    assertThat(b.senders).containsOnly(a.address);
    assertThat(a.transport.dropped()).isZero();
  }

  @Test
  void bootstrapFramesTravelBothWays() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    BootstrapEnvelope envelope =
        new BootstrapEnvelope(
            Station.ID, Station.ID, new BootstrapMessage.Promised(UUID.randomUUID()));
    a.transport.send(b.address, envelope);
    b.transport.send(a.address, envelope);
    await("both", () -> a.bootstraps.size() == 1 && b.bootstraps.size() == 1);
    assertThat(a.bootstraps).containsExactly(envelope);
  }

  @Test
  void requestsAreAnsweredAndFailuresAreUnknown() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    b.answer = body -> CompletableFuture.supplyAsync(() -> utf8("re: " + new String(body)));
    Reply<byte[]> outcome = request(a, b.address, "hello");
    assertThat(new String(((Reply.Answered<byte[]>) outcome).answer())).isEqualTo("re: hello");
    b.answer = body -> CompletableFuture.failedFuture(new IllegalStateException("out of order"));
    assertThat(((Reply.Unknown<byte[]>) request(a, b.address, "x")).reason())
        .contains("out of order");
  }

  @Test
  void largeRequestsAndAnswersPassAndTooLargeOnesAreNotSent() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    byte[] large = new byte[5 << 20];
    large[large.length - 1] = 7;
    Reply<byte[]> outcome = get(a.transport.request(b.address, large, LONG));
    assertThat(((Reply.Answered<byte[]>) outcome).answer()).isEqualTo(large);
    assertThat(get(a.transport.request(b.address, new byte[17 << 20], LONG)))
        .isInstanceOf(Reply.NotSent.class);
  }

  @Test
  void aRefusedConnectionIsNotSentAndReported() throws Exception {
    Station a = station("127.0.30.1");
    String nobody = free("127.0.30.9");
    Reply<byte[]> outcome = request(a, nobody, "x");
    assertThat(((Reply.NotSent<byte[]>) outcome).reason())
        .isEqualTo("dial tcp " + nobody + ": connect: connection refused");
    await("the hint", () -> a.broken.contains(nobody));
    a.transport.send(nobody, heartbeat(1));
    await("the dropped frame", () -> a.transport.dropped() >= 1);
  }

  @Test
  void anUnansweredRequestIsUnknownAtItsTimeoutAndAtABreak() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    b.answer =
        body ->
            body[0] == 'z' ? CompletableFuture.completedFuture(body) : new CompletableFuture<>();
    request(a, b.address, "z"); // connected: what is asked now is sent at once
    Reply<byte[]> late = get(a.transport.request(b.address, utf8("x"), Duration.ofMillis(100)));
    assertThat(late).isInstanceOf(Reply.Unknown.class);
    CompletableFuture<Reply<byte[]>> open =
        a.transport.request(b.address, utf8("y"), LONG).toCompletableFuture();
    // An answered request behind it proves that y has arrived.
    request(a, b.address, "z");
    b.close();
    assertThat(get(open)).isInstanceOf(Reply.Unknown.class);
    await("the hint", () -> a.broken.contains(b.address));
  }

  @Test
  void openRequestsAreBounded() throws Exception {
    Station a = station("127.0.30.1", o -> o.openRequests = 3);
    Station b = station("127.0.30.2");
    b.answer = body -> new CompletableFuture<>();
    for (int i = 0; i < 3; i++) {
      a.transport.request(b.address, utf8("x"), LONG);
    }
    assertThat(((Reply.NotSent<byte[]>) request(a, b.address, "x")).reason()).contains("too many");
  }

  @Test
  void aPeerThatNeverReadsDelaysNobodyAndItsQueueIsBounded() throws Exception {
    Station a = station("127.0.30.1", o -> o.queueBytes = 4 << 20);
    Station b = station("127.0.30.2");
    try (Deaf deaf = new Deaf("127.0.30.3", tls())) {
      a.transport.send(deaf.address, bulk(1, 100_000));
      await("the frozen peer's greeting", () -> deaf.greeted);
      for (int i = 0; i < 300; i++) {
        a.transport.send(deaf.address, bulk(1, 100_000));
        a.transport.send(b.address, heartbeat(1));
      }
      await("frames to the other", () -> b.envelopes.size() == 300);
      assertThat(a.transport.dropped()).isPositive();
      Reply<byte[]> stuck =
          get(a.transport.request(deaf.address, utf8("x"), Duration.ofMillis(50)));
      assertThat(stuck).isInstanceOf(Reply.NotSent.class);
      assertThat(request(a, b.address, "y")).isInstanceOf(Reply.Answered.class);
      await("the deaf peer is given up", () -> a.broken.contains(deaf.address));
    }
  }

  @Test
  void votesOvertakeBulk() throws Exception {
    Station a = station("127.0.30.1", o -> o.silence = Duration.ofMinutes(1));
    try (Deaf deaf = new Deaf("127.0.30.3", tls())) {
      a.transport.send(deaf.address, heartbeat(1));
      await("the frozen peer's greeting", () -> deaf.greeted);
      for (int i = 0; i < 200; i++) {
        a.transport.send(deaf.address, bulk(2, 100_000));
      }
      a.transport.send(
          deaf.address,
          new org.comitia.raft.Envelope(
              Station.CLUSTER, Station.ID, Station.ID, new Message.VoteRequest(77, 1, 1, false)));
      List<Integer> sizes = deaf.readFrames(202);
      int vote = 0;
      while (sizes.get(vote) > 1000 || vote == 0) {
        vote++;
      }
      assertThat(vote).isBetween(1, 190);
    }
  }

  @Test
  void garbageAndForeignGreetingsAreClosedAndHurtNobody() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    List<byte[]> foreign =
        List.of(
            utf8("GET / HTTP/1.1\r\n\r\n"),
            ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array(),
            ByteBuffer.allocate(4).putInt(-1).array(),
            ByteBuffer.allocate(4).putInt(0).array(),
            Frames.greeting(Frames.WELCOME, Frames.SPOKEN, "1.2.3.4:5"),
            Frames.empty(Frames.HELLO));
    for (byte[] bytes : foreign) {
      try (Socket socket = connect(a.address)) {
        socket.getOutputStream().write(bytes);
        socket.setSoTimeout(10_000);
        assertThat(isClosed(socket.getInputStream())).isTrue();
      }
    }
    assertThat(request(b, a.address, "still there")).isInstanceOf(Reply.Answered.class);
  }

  @Test
  void damagedFramesAreDroppedAndTooLongOnesCloseTheConnection() throws Exception {
    Station a = station("127.0.30.1");
    try (Socket socket = connect(a.address)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, "127.0.30.8:1"));
      socket.getOutputStream().write(Frames.seal(new byte[50], Frames.RAFT));
      await("the damaged frame", () -> a.transport.dropped() == 1);
      socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(1 << 30).array());
      InputStream in = socket.getInputStream();
      in.readNBytes(Frames.greeting(Frames.WELCOME, Frames.SPOKEN, a.address).length);
      assertThat(isClosed(in)).isTrue();
    }
  }

  @Test
  void whoSendsAnEntryThatThisVersionCannotReadIsTold() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    Entry entry = new Entry(7, 1, Entry.Kind.CONFIGURATION, new byte[] {99});
    b.transport.send(
        a.address,
        new Envelope(
            Station.CLUSTER,
            Station.ID,
            Station.ID,
            new Message.AppendRequest(1, 6, 1, List.of(entry), 0, 0)));
    await("the frame", () -> a.transport.dropped() == 1);
    assertThat(a.unreadable)
        .singleElement()
        .asString()
        .startsWith("entry 7: configuration in format 99");
    b.transport.send(a.address, Station.heartbeat(1));
    await("the next frame", () -> a.envelopes.size() == 1);
  }

  @Test
  void aFrameThatIsOnlyAnnouncedHoldsNoMemory() throws Exception {
    Station a = station("127.0.30.1");
    try (Socket socket = greeted(a)) {
      socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(16 << 20).array());
      socket.getOutputStream().write(new byte[1 << 10]);
      await("the beginning", () -> a.transport.unfinishedBytes() > 0);
      assertThat(a.transport.unfinishedBytes()).isEqualTo(64 << 10);
    }
    await("its end", () -> a.transport.unfinishedBytes() == 0);
  }

  @Test
  void whoWouldHoldMoreThanAllMayTogetherIsClosedAndNobodyElse() throws Exception {
    Station a = station("127.0.30.1", o -> o.unfinishedBytes = 128 << 10);
    Station b = station("127.0.30.2");
    byte[] begun = ByteBuffer.allocate(5).putInt(1000).put(Frames.RAFT).array();
    try (Socket one = greeted(a);
        Socket two = greeted(a);
        Socket three = greeted(a)) {
      one.getOutputStream().write(begun);
      two.getOutputStream().write(begun);
      // Each holds the 1,000 bytes of its frame: small frames hold no more than they are long.
      await("two beginnings", () -> a.transport.unfinishedBytes() == 2000);
      three.getOutputStream().write(ByteBuffer.allocate(4).putInt(1 << 20).array());
      three.getOutputStream().write(new byte[64 << 10]);
      await("a third", () -> a.transport.unfinishedBytes() == 2000 + (64 << 10));
      three.getOutputStream().write(new byte[1]);
      assertThat(isClosed(three.getInputStream())).isTrue();
      assertThat(request(b, a.address, "still there")).isInstanceOf(Reply.Answered.class);
      one.getOutputStream().write(new byte[999]);
      await("the rest of the first", () -> a.transport.dropped() == 1);
    }
  }

  @Test
  void anErrorWhileARequestIsTakenClosesItsConnectionAndNothingElse() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    b.answer =
        body -> {
          throw new AssertionError("of a test");
        };
    assertThat(request(a, b.address, "x")).isInstanceOf(Reply.Unknown.class);
    b.answer = body -> CompletableFuture.failedFuture(new AssertionError("of a test"));
    await("a connection", () -> request(a, b.address, "y") instanceof Reply.Unknown);
    b.answer = CompletableFuture::completedFuture;
    await("an answer", () -> request(a, b.address, "z") instanceof Reply.Answered);
    assertThat(b.ended).isEmpty();
  }

  @Test
  void aRequestForWhichThereIsNoThreadIsNotSent() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    b.answer =
        body -> {
          throw new java.util.concurrent.RejectedExecutionException("full");
        };
    assertThat(request(a, b.address, "x"))
        .isEqualTo(new Reply.NotSent<byte[]>("it has no thread free for a request"));
  }

  @Test
  void oneAddressMayHaveSoManyConnectionsAndAnotherIsServed() throws Exception {
    Station a = station("127.0.30.1", o -> o.connectionsOfAnAddress = 2);
    Station b = station("127.0.30.2");
    try (Socket one = greeted(a);
        Socket two = greeted(a);
        Socket three = connect(a.address)) {
      three.setSoTimeout(10_000);
      assertThat(isClosed(three.getInputStream())).isTrue();
      assertThat(request(b, a.address, "x")).isInstanceOf(Reply.Answered.class);
      one.close();
      await("room for one more", () -> isServed(a));
    }
  }

  @Test
  void whoIsInNoneOfTheAllowedNetworksIsClosedAtOnce() throws Exception {
    Network allowed = new Network(InetAddress.getByName("127.0.30.2"), 32);
    Station a = station("127.0.30.1", o -> o.allowed = List.of(allowed));
    Station b = station("127.0.30.2");
    Station c = station("127.0.30.3");
    assertThat(request(b, a.address, "x")).isInstanceOf(Reply.Answered.class);
    assertThat(request(c, a.address, "x")).isInstanceOf(Reply.NotSent.class);
  }

  @Test
  void allAddressesTogetherMayHaveSoManyConnections() throws Exception {
    Station a = station("127.0.30.1", o -> o.connections = 1);
    Station b = station("127.0.30.2");
    try (Socket one = greeted(a)) {
      assertThat(request(b, a.address, "x")).isInstanceOf(Reply.NotSent.class);
    }
    await("room", () -> request(b, a.address, "x") instanceof Reply.Answered);
  }

  @Test
  void aFrameThatDoesNotComeWholeInTimeEndsItsConnection() throws Exception {
    Station a = station("127.0.30.1", o -> o.frame = Duration.ofMillis(300));
    try (Socket half = greeted(a);
        Socket begun = greeted(a);
        Socket whole = greeted(a)) {
      whole.getOutputStream().write(Frames.empty(Frames.PING));
      half.getOutputStream().write(ByteBuffer.allocate(5).putInt(100).put(Frames.RAFT).array());
      begun.getOutputStream().write(1);
      assertThat(isClosed(half.getInputStream())).isTrue();
      assertThat(isClosed(begun.getInputStream())).isTrue();
      assertThat(whole.getInputStream().readNBytes(Frames.HEADER)).hasSize(Frames.HEADER);
      whole.getOutputStream().write(Frames.empty(Frames.PING));
      assertThat(whole.getInputStream().readNBytes(Frames.HEADER)).hasSize(Frames.HEADER);
    }
  }

  @Test
  void aSilentStrangerIsClosedAndAQuietPeerIsNot() throws Exception {
    Station a = station("127.0.30.1", o -> o.idle = Duration.ofMillis(1000));
    Station b = station("127.0.30.2", o -> o.idle = Duration.ofMillis(1000));
    request(b, a.address, "x");
    for (int i = 0; i < 2; i++) {
      try (Socket silent = greeted(a)) {
        assertThat(isClosed(silent.getInputStream())).isTrue();
      }
    }
    assertThat(b.broken).isEmpty();
    assertThat(request(b, a.address, "y")).isInstanceOf(Reply.Answered.class);
  }

  @Test
  void theEndOfAConnectionThatClaimedAPeersAddressIsNoHintThatThePeerIsGone() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    request(a, b.address, "x");
    try (Socket socket = connect(a.address)) {
      socket.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, b.address));
      socket
          .getInputStream()
          .readNBytes(Frames.greeting(Frames.WELCOME, Frames.SPOKEN, a.address).length);
      socket.getOutputStream().write(Frames.seal(new byte[50], Frames.RAFT));
      await("its frame", () -> a.transport.dropped() == 1);
    }
    b.close();
    await("the end of the peer itself", () -> a.broken.contains(b.address));
    assertThat(a.broken).containsExactly(b.address);
  }

  @Test
  void whoHasNotGreetedCostsNoBuffers() throws Exception {
    Station a = station("127.0.30.1", o -> o.connectionsOfAnAddress = 50);
    List<Socket> silent = new ArrayList<>();
    try {
      request(a, a.address, "warm");
      long before = directMemory();
      for (int i = 0; i < 50; i++) {
        silent.add(connect(a.address));
      }
      try (Socket next = connect(a.address)) {
        // That it is refused shows that the others are accepted.
        assertThat(isClosed(next.getInputStream())).isTrue();
      }
      assertThat(directMemory() - before).isLessThan(1 << 20);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void requestsThatWaitLeaveRoomForShortOnes() throws Exception {
    Station a = station("127.0.30.1", o -> o.openRequests = 8);
    Station b = station("127.0.30.2", o -> o.answering = 4);
    b.answer =
        body ->
            body[0] == 'w' ? new CompletableFuture<>() : CompletableFuture.completedFuture(body);
    for (int i = 0; i < 3; i++) {
      a.transport.request(b.address, utf8("w"), WAITING);
    }
    assertThat(get(a.transport.request(b.address, utf8("w"), WAITING)))
        .isEqualTo(new Reply.NotSent<byte[]>("it is busy with 3 requests that wait"));
    assertThat(request(a, b.address, "short")).isInstanceOf(Reply.Answered.class);
    a.transport.request(b.address, utf8("w"), LONG);
    assertThat(request(a, b.address, "short"))
        .isEqualTo(new Reply.NotSent<byte[]>("it is busy with 4 requests"));
  }

  @Test
  void whoAsksKeepsRoomForShortRequestsToo() throws Exception {
    Station a = station("127.0.30.1", o -> o.openRequests = 4);
    Station b = station("127.0.30.2");
    b.answer =
        body ->
            body[0] == 'w' ? new CompletableFuture<>() : CompletableFuture.completedFuture(body);
    for (int i = 0; i < 3; i++) {
      a.transport.request(b.address, utf8("w"), WAITING);
    }
    assertThat(get(a.transport.request(b.address, utf8("w"), WAITING)))
        .isEqualTo(new Reply.NotSent<byte[]>("too many open requests that wait (3)"));
    assertThat(request(a, b.address, "short")).isInstanceOf(Reply.Answered.class);
  }

  @Test
  void aServiceThatIsNotOursGetsNothingButAGreeting() throws Exception {
    Station a = station("127.0.30.1");
    try (ServerSocket foreign = new ServerSocket(0, 5, InetAddress.getByName("127.0.30.7"))) {
      String address = "127.0.30.7:" + foreign.getLocalPort();
      CompletableFuture<Reply<byte[]>> outcome =
          a.transport.request(address, utf8("secret"), LONG).toCompletableFuture();
      try (Socket socket = foreign.accept()) {
        socket.getOutputStream().write(utf8("220 mail.example ESMTP\r\n"));
        byte[] seen = socket.getInputStream().readAllBytes();
        assertThat(new String(seen)).doesNotContain("secret");
      } catch (IOException reset) {
        // A reset instead of an end of stream: closed just the same.
      }
      assertThat(get(outcome)).isInstanceOf(Reply.NotSent.class);
    }
  }

  @Test
  void aRestartedPeerIsReachedAgain() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    request(a, b.address, "x");
    b.close();
    await("the hint", () -> a.broken.contains(b.address));
    opened.add(new Station(b.address, tls(), o -> {}));
    await(
        "an answer of the restarted peer",
        () -> get(a.transport.request(b.address, utf8("y"), LONG)) instanceof Reply.Answered);
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    Station a = station("127.0.30.1");
    assertThatThrownBy(() -> new Station(a.address, tls(), o -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(a.address);
  }

  @Test
  void closeEndsTheThreadTheSocketsAndTheRequests() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    b.answer = body -> new CompletableFuture<>();
    CompletableFuture<Reply<byte[]>> open =
        a.transport.request(b.address, utf8("x"), LONG).toCompletableFuture();
    a.close();
    assertThat(get(open)).isNotInstanceOf(Reply.Answered.class);
    await("the end of its threads", () -> a.threads.stream().noneMatch(Thread::isAlive));
    assertThat(request(a, b.address, "y")).isInstanceOf(Reply.NotSent.class);
    a.transport.send(b.address, heartbeat(1));
    new Station(a.address, tls(), o -> {}).close();
  }

  @Test
  void ofRequestsOnALinkThatDiesThoseThatWereSeenAreNeverCalledUnsent() throws Exception {
    Station a = station("127.0.30.1");
    List<CompletableFuture<Reply<byte[]>>> outcomes = new ArrayList<>();
    int seen;
    try (Deaf deaf = new Deaf("127.0.30.3", tls())) {
      for (int i = 0; i < 250; i++) {
        byte[] body = new byte[100_000];
        outcomes.add(a.transport.request(deaf.address, body, LONG).toCompletableFuture());
      }
      await("its greeting", () -> deaf.greeted);
      // What it reads is the first of them, in their order; what follows is on its way or not.
      seen = (int) deaf.readFrames(20).stream().filter(size -> size > 1000).count();
    }
    List<Reply<byte[]>> replies = outcomes.stream().map(NioTransportTest::get).toList();
    assertThat(replies.subList(0, seen)).allMatch(Reply.Unknown.class::isInstance);
    assertThat(replies.subList(seen, 250)).noneMatch(Reply.Answered.class::isInstance);
    // More than the kernels' buffers hold: the last ones never left.
    assertThat(replies.get(249)).isInstanceOf(Reply.NotSent.class);
  }

  @Test
  void framesLargerThanAllBuffersComeWholeAndInOrderBothWaysThroughANarrowPlace() throws Exception {
    Station a = station("127.0.30.1");
    Station b = station("127.0.30.2");
    try (Tap toB = new Tap("127.0.30.4", b.address, 16 << 10);
        Tap toA = new Tap("127.0.30.5", a.address, 16 << 10)) {
      for (int term = 1; term <= 20; term++) {
        a.transport.send(toB.address, random(term, 200_000));
        b.transport.send(toA.address, random(-term, 200_000));
      }
      await("what was sent to b", () -> b.envelopes.size() == 20);
      await("what was sent to a", () -> a.envelopes.size() == 20);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(b.envelopes.get(i)).isEqualTo(random(i + 1, 200_000));
      assertThat(a.envelopes.get(i)).isEqualTo(random(-i - 1, 200_000));
    }
  }

  private static Envelope random(int seed, int bytes) {
    byte[] body = new byte[bytes];
    new java.util.Random(seed).nextBytes(body);
    Entry entry = new Entry(1, 1, Entry.Kind.COMMAND, body);
    return new Envelope(
        Station.CLUSTER,
        Station.ID,
        Station.ID,
        new Message.AppendRequest(Math.abs(seed), 0, 0, List.of(entry), 0, 0));
  }

  /** What all connections of these tests begin with; null: without an encrypt key. */
  KeyedTls tls() {
    return null;
  }

  private Station station(String ip) throws IOException {
    return station(ip, limits -> {});
  }

  private Station station(String ip, Consumer<TransportOptions.Limits> change) throws IOException {
    // On a machine that is busy with other things, keys are not proved within production's 2 s.
    Consumer<TransportOptions.Limits> patient =
        limits -> {
          limits.greeting = Duration.ofSeconds(30);
          limits.handshake = Duration.ofSeconds(30);
        };
    Station station = new Station(free(ip), tls(), patient.andThen(change));
    opened.add(station);
    return station;
  }

  private static Reply<byte[]> request(Station from, String to, String body) {
    return get(from.transport.request(to, utf8(body), LONG));
  }

  private static Reply<byte[]> get(java.util.concurrent.CompletionStage<Reply<byte[]>> stage) {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no outcome", e);
    }
  }

  private Socket connect(String address) throws IOException {
    java.net.InetSocketAddress target = HostPort.parse(address).literal();
    Socket socket = new Socket(target.getAddress(), target.getPort());
    return tls() == null ? socket : KeyedSockets.around(tls(), socket, true);
  }

  private boolean isServed(Station station) {
    try (Socket socket = greeted(station)) {
      socket.getOutputStream().write(Frames.empty(Frames.PING));
      return socket.getInputStream().readNBytes(Frames.HEADER).length == Frames.HEADER;
    } catch (IOException refused) {
      return false;
    }
  }

  private static long directMemory() {
    return java.lang.management.ManagementFactory.getPlatformMXBeans(
            java.lang.management.BufferPoolMXBean.class)
        .stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(java.lang.management.BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** A connection that has greeted and been greeted. */
  private Socket greeted(Station station) throws IOException {
    Socket socket = connect(station.address);
    socket.setSoTimeout(10_000);
    socket.getOutputStream().write(Frames.greeting(Frames.HELLO, Frames.SPOKEN, ""));
    socket
        .getInputStream()
        .readNBytes(Frames.greeting(Frames.WELCOME, Frames.SPOKEN, station.address).length);
    return socket;
  }

  private static boolean isClosed(InputStream in) {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** A peer that greets and then reads nothing until it is told to. */
  private static final class Deaf implements AutoCloseable {
    final String address;
    volatile boolean greeted;
    private final KeyedTls tls;
    private final ServerSocket server;
    private final Thread thread;
    private volatile Socket socket;

    Deaf(String ip, KeyedTls tls) throws IOException {
      this.tls = tls;
      server = new ServerSocket(0, 5, InetAddress.getByName(ip));
      address = ip + ":" + server.getLocalPort();
      thread = new Thread(this::greet, "deaf");
      thread.start();
    }

    private void greet() {
      try {
        Socket accepted = server.accept();
        socket = tls == null ? accepted : KeyedSockets.around(tls, accepted, false);
        byte[] head = socket.getInputStream().readNBytes(4);
        socket.getInputStream().readNBytes(ByteBuffer.wrap(head).getInt());
        socket.getOutputStream().write(Frames.greeting(Frames.WELCOME, Frames.SPOKEN, address));
        greeted = true;
      } catch (IOException e) {
        // The test sees that nobody was greeted.
      }
    }

    List<Integer> readFrames(int count) throws IOException {
      java.io.DataInputStream in = new java.io.DataInputStream(socket.getInputStream());
      List<Integer> sizes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int length = in.readInt();
        in.readNBytes(length);
        sizes.add(length);
      }
      return sizes;
    }

    @Override
    public void close() throws IOException, InterruptedException {
      server.close();
      if (socket != null) {
        socket.close();
      }
      thread.join();
    }
  }
}
