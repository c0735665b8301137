package org.comitia.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.config.HostPort;
import org.comitia.encryption.PortTls;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.wire.ForwardCodec;
import org.comitia.wire.FrameCodec;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.UnknownEntryException;

/**
 * {@link Transport} over non-blocking sockets: one thread for all connections, and callers that
 * write without blocking while the socket takes it. Why not a library: docs/design/transport.md.
 *
 * <p>One connection a direction and peer, made at the first frame and made again after a pause that
 * doubles up to a bound. While a peer cannot be reached, frames to it are dropped and requests are
 * {@link Reply.NotSent}. The stages of {@link #request} complete on the transport's thread: do no
 * more there than enqueue.
 */
public final class NioTransport implements Transport {
  private static final Logger LOG = Logger.getLogger("transport");
  private static final int MAX_PEERS = 1024;

  /** Whoever else waits is accepted in the next turn: frames of others come between. */
  private static final int MAX_ACCEPTED_A_TURN = 64;

  private static final long ACCEPT_PAUSE_NANOS = 100_000_000L;
  private static final int SEND_BUFFER = 512 << 10;
  private static final long CLOSE_MILLIS = 2000;

  private final TransportOptions options;
  private final TransportOptions.Limits limits;
  private final UnfinishedBytes unfinished;
  private final ThreadFactory threads;
  private final ConcurrentHashMap<String, Peer> peers = new ConcurrentHashMap<>();
  private final OpenRequests open;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong dropped = new AtomicLong();
  private final Link.Owner owner =
      new Link.Owner() {
        @Override
        public void onFrame(Link link, byte[] frame) throws IOException {
          take(link, frame);
        }

        @Override
        public void onClosed(Link link, boolean wasOpen, String reason) {
          closed(link, wasOpen, reason);
        }
      };
  private volatile boolean closing;
  private volatile Handler handler;
  private volatile EventLoop loop;
  private ServerSocketChannel server;
  private final AcceptedLinks accepted;
  private final Handshakes handshakes;
  private SelectionKey accepting;
  private long acceptAgainNanos;
  private final LinkLog log = new LinkLog();

  public NioTransport(TransportOptions options, ThreadFactory threads) {
    this.options = Objects.requireNonNull(options, "options");
    this.threads = Objects.requireNonNull(threads, "threads");
    this.limits = options.limits();
    this.unfinished = new UnfinishedBytes(limits.unfinishedBytes);
    this.accepted = new AcceptedLinks(limits);
    this.handshakes = new Handshakes(threads);
    this.open = new OpenRequests(limits.openRequests);
  }

  @Override
  public synchronized void start(Handler receiver) throws IOException {
    if (loop != null || closing) {
      throw new IllegalStateException("a transport starts once");
    }
    handler = Objects.requireNonNull(receiver, "handler");
    if (options.port() >= 0) {
      server = listen();
    }
    EventLoop started =
        new EventLoop(threads, this::tick, handler::onPause, this::endAll, handler::onEnded);
    if (server != null) {
      accepting = started.register(server, SelectionKey.OP_ACCEPT, key -> accept());
    }
    loop = started;
    started.start();
  }

  /** The port that is listened on; -1 when it does not listen. */
  public int port() throws IOException {
    return server == null ? -1 : ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  private ServerSocketChannel listen() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    InetSocketAddress address = new InetSocketAddress(options.bind(), options.port());
    try {
      channel.configureBlocking(false);
      // So that a restart does not wait out the old connections' TIME_WAIT.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, 128);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "COM1020: listen tcp "
              + HostPort.of(options.bind(), options.port())
              + ": "
              + Link.text(e)
              + " (the server port; is another agent running there?)",
          e);
    }
  }

  @Override
  public void send(String address, Envelope envelope) {
    Message message = envelope.message();
    boolean bulk = message instanceof Message.AppendRequest append && !append.entries().isEmpty();
    byte[] frame = FrameCodec.encode(envelope, Frames.HEADER);
    sendFrame(address, Frames.seal(frame, Frames.RAFT), !bulk);
  }

  @Override
  public void send(String address, BootstrapEnvelope envelope) {
    byte[] frame = FrameCodec.encode(envelope, Frames.HEADER);
    sendFrame(address, Frames.seal(frame, Frames.BOOTSTRAP), true);
  }

  private void sendFrame(String address, byte[] frame, boolean ahead) {
    Link link = frame.length - 4 > limits.frameBytes ? null : linkTo(address);
    if (link == null || link.offer(frame, null, ahead) != Link.Offer.TAKEN) {
      dropped.incrementAndGet();
    }
  }

  @Override
  public <A extends Forwarded.Answer> CompletionStage<Reply<A>> request(
      String address, Forwarded<A> request, Duration timeout) {
    return request(address, ForwardCodec.encode(request), timeout)
        .thenApply(reply -> ForwardCodec.decodeReply(reply, request));
  }

  /** The same with any bytes. */
  CompletionStage<Reply<byte[]>> request(String address, byte[] body, Duration timeout) {
    if (body.length + Frames.REQUEST_HEADER > limits.frameBytes) {
      return notSent("a request of " + body.length + " bytes is too long");
    }
    boolean waits = timeout.compareTo(LONGEST_SHORT_REQUEST) > 0;
    if (open.isFull(waits)) {
      return notSent(
          "too many open requests"
              + (waits ? " that wait (" : " (")
              + mayBe(limits.openRequests, waits)
              + ")");
    }
    Link link = linkTo(address);
    if (link == null) {
      return notSent(whyNoLink(address));
    }
    OpenRequest request = open.begin(link, timeout, waits);
    byte[] frame = Frames.ofRequest(Frames.REQUEST, request.id, body);
    switch (link.offer(frame, request, false)) {
      case FULL ->
          open.complete(request, new Reply.NotSent<>("the queue to " + address + " is full"));
      case CLOSED ->
          open.complete(
              request,
              new Reply.NotSent<>(link.failure("the connection to " + address + " broke")));
      default -> {
        // Answered, timed out or broken later.
      }
    }
    if (closing) {
      // The loop may have looked at the open requests for the last time before this one came.
      open.lost(request, "the transport was closed");
    }
    return request.future;
  }

  private static CompletionStage<Reply<byte[]>> notSent(String reason) {
    return CompletableFuture.completedFuture(new Reply.NotSent<>(reason));
  }

  private String whyNoLink(String address) {
    Peer peer = peers.get(address);
    String failure = peer == null ? "" : peer.failure();
    return failure.isEmpty() ? "no connection to " + address : failure;
  }

  @Override
  public long dropped() {
    return dropped.get();
  }

  /** Bytes held for frames that have not come whole; bounded by the limits. */
  public int unfinishedBytes() {
    return unfinished.held();
  }

  @Override
  public void close() {
    EventLoop running;
    synchronized (this) {
      closing = true;
      running = loop;
    }
    if (running != null) {
      running.stop(CLOSE_MILLIS);
    }
  }

  @Override
  public boolean isServer(ServerId server, String address) {
    if (!provesServers()) {
      return true;
    }
    if (address.equals(options.advertised())) {
      return server.equals(options.self());
    }
    Peer peer = peers.get(address);
    boolean proved = peer != null && peer.hasProved(server);
    if (!proved) {
      linkTo(address);
    }
    return proved;
  }

  @Override
  public boolean provesServers() {
    return options.tls() != null && options.tls().provesServers();
  }

  private Link linkTo(String address) {
    if (closing || loop == null) {
      return null;
    }
    Peer peer = peers.get(address);
    if (peer == null) {
      if (peers.size() >= MAX_PEERS) {
        peers.values().removeIf(Peer::isIdle);
        if (peers.size() >= MAX_PEERS) {
          return null;
        }
      }
      peer = peers.computeIfAbsent(address, Peer::new);
    }
    return peer.link(System.nanoTime(), this::connector);
  }

  private Link connector(String address) {
    Link link = newLink(true, address);
    loop.execute(() -> connect(link));
    return link;
  }

  private Link newLink(boolean outgoing, String remote) {
    return new Link(loop, owner, outgoing, remote, limits, unfinished, System.nanoTime());
  }

  // From here on: the event loop's thread.

  private void connect(Link link) {
    try {
      links.add(link);
      InetSocketAddress target = HostPort.parse(link.remote()).literal();
      SocketChannel channel = SocketChannel.open();
      link.channel = channel(link, channel);
      configure(channel);
      if (!options.bind().isAnyLocalAddress()) {
        channel.bind(new InetSocketAddress(options.bind(), 0));
      }
      boolean connected = channel.connect(target);
      link.key = loop.register(channel, SelectionKey.OP_CONNECT, key -> ready(link, key));
      if (connected) {
        greet(link);
      }
    } catch (Throwable e) {
      link.fail(dial(link, e));
    }
  }

  private LinkChannel channel(Link link, SocketChannel socket) {
    PortTls tls = options.tls();
    if (tls == null || (link.outgoing && !tls.demand().outgoing())) {
      return new PlainChannel(socket, !provesServers());
    }
    SecuredChannel secured =
        new SecuredChannel(
            socket,
            tls,
            link.outgoing,
            (channel, step) -> handshakes.step(loop, link, channel, step));
    return link.outgoing || tls.demand().incoming()
        ? secured
        : new EitherChannel(socket, secured, !provesServers());
  }

  private static void configure(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    // More would sit in the kernel where votes and heartbeats cannot overtake it.
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
  }

  private static String dial(Link link, Throwable e) {
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return "dial tcp " + link.remote() + ": connect: " + text.toLowerCase(Locale.ROOT);
  }

  private void ready(Link link, SelectionKey key) {
    try {
      act(link, key);
    } catch (CancelledKeyException closing) {
      // Closed between the event and now.
    } catch (Throwable e) {
      // What it has read is not whole any more; the loop logs the error.
      link.fail("a failure in here: " + e);
      throw e;
    }
  }

  private void act(Link link, SelectionKey key) {
    if (key.isConnectable()) {
      try {
        if (((SocketChannel) key.channel()).finishConnect()) {
          greet(link);
        }
      } catch (IOException e) {
        link.fail(dial(link, e));
      }
      return;
    }
    if (key.isReadable()) {
      link.readable();
    }
    if (key.isValid() && key.isWritable()) {
      key.interestOpsAnd(~SelectionKey.OP_WRITE);
      link.writable();
    }
  }

  private void greet(Link link) {
    link.key.interestOps(SelectionKey.OP_READ);
    link.greet(Frames.greeting(Frames.HELLO, Frames.SPOKEN, options.advertised()));
  }

  private void accept() {
    try {
      for (int turn = 0; turn < MAX_ACCEPTED_A_TURN; turn++) {
        SocketChannel channel = server.accept();
        if (channel == null) {
          return;
        }
        admit(channel);
      }
    } catch (IOException e) {
      // Out of file descriptors, say: asked again at once it would fail again at once.
      accepting.interestOps(0);
      acceptAgainNanos = System.nanoTime() + ACCEPT_PAUSE_NANOS;
      log.foreign("cannot accept connections: " + Link.text(e));
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    InetSocketAddress from = (InetSocketAddress) channel.getRemoteAddress();
    String refusal = from == null ? "it is gone" : accepted.enter(from.getAddress());
    if (refusal != null) {
      channel.close();
      log.foreign("refused a connection from " + from + ": " + refusal);
      return;
    }
    try {
      configure(channel);
      Link link = newLink(false, HostPort.of(from).toString());
      link.acceptedFrom = from.getAddress();
      link.channel = channel(link, channel);
      link.key = loop.register(channel, SelectionKey.OP_READ, key -> ready(link, key));
      links.add(link);
    } catch (Throwable e) {
      accepted.leave(from.getAddress());
      channel.close();
    }
  }

  private void take(Link link, byte[] frame) throws IOException {
    if (link.state() != Link.State.OPEN) {
      takeGreeting(link, frame);
      return;
    }
    boolean ofServers = frame[0] == Frames.RAFT || frame[0] == Frames.BOOTSTRAP;
    if (ofServers && !link.channel.isServer()) {
      dropped.incrementAndGet();
      log.noServer(link);
      return;
    }
    try {
      switch (frame[0]) {
        case Frames.RAFT ->
            handler.onEnvelope(
                FrameCodec.decodeEnvelope(frame, 1, frame.length - 1), link.remote());
        case Frames.BOOTSTRAP ->
            handler.onBootstrap(
                FrameCodec.decodeBootstrap(frame, 1, frame.length - 1), link.remote());
        case Frames.REQUEST -> answer(link, id(frame), body(frame));
        case Frames.ANSWER -> open.answered(link, id(frame), new Reply.Answered<>(body(frame)));
        case Frames.REFUSED -> open.answered(link, id(frame), new Reply.NotSent<>(text(frame)));
        case Frames.FAILED -> open.answered(link, id(frame), new Reply.Unknown<>(text(frame)));
        case Frames.PING -> link.offer(Frames.empty(Frames.PONG), null, true);
        case Frames.PONG -> {
          // Having been heard is all there is to it.
        }
        default -> throw new MalformedFrameException("unknown kind " + frame[0]);
      }
    } catch (UnknownEntryException e) {
      dropped.incrementAndGet();
      handler.onUnreadable(e.cluster(), e.from(), e.to(), e.getMessage());
    } catch (MalformedFrameException e) {
      // The framing holds: a newer version may send what this one does not know.
      dropped.incrementAndGet();
      LOG.log(Level.FINE, () -> "transport: dropped a frame from " + link.remote() + ": " + e);
    }
  }

  private void takeGreeting(Link link, byte[] frame) throws IOException {
    if (link.outgoing) {
      Frames.Greeting welcome;
      try {
        welcome = Frames.readGreeting(frame, Frames.WELCOME);
        welcome.requireChosen();
      } catch (MalformedFrameException e) {
        log.foreign(link, e.getMessage());
        throw e;
      }
      Peer peer = peers.get(link.remote());
      if (peer != null) {
        // Its own address, else who relays to a server would have that one's proof for himself.
        boolean there = welcome.advertised().equals(link.remote());
        peer.opened(link, there ? welcome.server() : null);
      }
      link.open(link.remote());
      return;
    }
    Frames.Greeting hello = Frames.readGreeting(frame, Frames.HELLO);
    // Also while this one does not ask for it: others may be ahead of it.
    PortTls tls = options.tls();
    ServerId self = tls != null && tls.byCertificates() ? options.self() : null;
    link.greet(Frames.greeting(Frames.WELCOME, hello.answer(), options.advertised(), self));
    hello.requireCommon(); // after the answer: so both logs say what the two speak
    link.open(hello.advertised().isEmpty() ? link.remote() : hello.advertised());
  }

  private void answer(Link link, long id, byte[] request) {
    boolean waits = Frames.mayWait(id);
    if (!takeIn(link, waits)) {
      String busy = waits ? " requests that wait" : " requests";
      reply(
          link,
          Frames.REFUSED,
          id,
          bytes("it is busy with " + mayBe(limits.answering, waits) + busy));
      return;
    }
    CompletionStage<byte[]> answer;
    try {
      answer = handler.onRequest(request, link.remote(), link.channel.isServer());
    } catch (RejectedExecutionException e) {
      done(link, waits);
      reply(link, Frames.REFUSED, id, bytes("it has no thread free for a request"));
      return;
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<byte[]> work = answer.toCompletableFuture();
    link.inWork.add(work);
    work.whenComplete(
        (body, error) -> {
          link.inWork.remove(work);
          done(link, waits);
          if (error == null) {
            reply(link, Frames.ANSWER, id, body);
          } else if (cause(error) instanceof Error) {
            link.fail("a request of " + link.remote() + " failed: " + cause(error));
          } else {
            reply(link, Frames.FAILED, id, bytes("it failed: " + error));
          }
        });
  }

  /** Of so many requests, how many: blocking queries must leave room for renewals and writes. */
  private static int mayBe(int limit, boolean waits) {
    return waits ? limit - limit / 4 : limit;
  }

  private boolean takeIn(Link link, boolean waits) {
    if (link.answering.get() >= limits.answering
        || (waits && link.waiting.get() >= mayBe(limits.answering, true))) {
      return false;
    }
    link.answering.incrementAndGet();
    if (waits) {
      link.waiting.incrementAndGet();
    }
    return true;
  }

  private static void done(Link link, boolean waits) {
    link.answering.decrementAndGet();
    if (waits) {
      link.waiting.decrementAndGet();
    }
  }

  private static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  /** Any thread. */
  private void reply(Link link, byte kind, long id, byte[] body) {
    byte[] frame = Frames.ofRequest(kind, id, body);
    if (frame.length - 4 > limits.frameBytes) {
      reply(link, Frames.FAILED, id, bytes("its answer of " + body.length + " bytes is too long"));
    } else if (link.offer(frame, null, false) == Link.Offer.FULL) {
      link.fail(link.remote() + " does not take its answers");
    }
  }

  private static long id(byte[] frame) throws MalformedFrameException {
    if (frame.length < 9) {
      throw new MalformedFrameException("a request frame of " + frame.length + " bytes");
    }
    return ByteBuffer.wrap(frame).getLong(1);
  }

  private static byte[] body(byte[] frame) {
    return Arrays.copyOfRange(frame, 9, frame.length);
  }

  private static String text(byte[] frame) throws MalformedFrameException {
    id(frame);
    return new String(frame, 9, frame.length - 9, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void closed(Link link, boolean wasOpen, String reason) {
    links.remove(link);
    handshakes.forget(link);
    dropped.addAndGet(link.abandon());
    if (!link.outgoing) {
      accepted.leave(link.acceptedFrom);
      // Nobody is there to take the answers: what can be given up, is.
      link.inWork.forEach(work -> work.cancel(false));
    } else {
      Peer peer = peers.get(link.remote());
      if (peer != null) {
        peer.closed(link, wasOpen, reason, System.nanoTime(), limits.backoff.toNanos());
      }
      open.lost(link, reason);
    }
    if (!wasOpen && !closing) {
      log.unopened(link, reason);
    }
    // An accepted one may belong to anybody: the address in its greeting is only what it says.
    if (!closing && link.outgoing && link.retiredNanos == 0) {
      handler.onBroken(link.remote());
    }
  }

  private void tick() {
    long now = System.nanoTime();
    for (Link link : links) {
      switch (link.state()) {
        case CONNECTING -> {
          if (now - link.createdNanos > limits.connect.toNanos()) {
            link.fail("dial tcp " + link.remote() + ": i/o timeout");
          }
        }
        case GREETING -> {
          Duration bound = link.outgoing ? limits.connect.plus(limits.greeting) : limits.handshake;
          if (now - link.createdNanos > bound.toNanos()) {
            link.fail(link.remote() + " accepts connections but does not greet");
          }
        }
        // An error may have kept it from ending.
        case CLOSED -> link.end();
        default -> {
          link.checkLife(now);
          Renewal.look(link, peers, open, now);
        }
      }
    }
    open.expire(now);
    if (acceptAgainNanos != 0 && now - acceptAgainNanos >= 0) {
      acceptAgainNanos = 0;
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void endAll() {
    closing = true;
    if (server != null) {
      try {
        server.close();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "transport: closing the server port: " + Link.text(e));
      }
    }
    links.forEach(Link::end);
    handshakes.close();
    open.lostAll("the transport was closed");
  }
}
