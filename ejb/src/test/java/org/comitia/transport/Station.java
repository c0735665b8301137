package org.comitia.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import org.comitia.cluster.Transport;
import org.comitia.config.HostPort;
import org.comitia.encryption.PortTls;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/** One transport on loopback that remembers what arrived. */
final class Station implements Transport.Handler, AutoCloseable {
  static final UUID CLUSTER = UUID.randomUUID();
  static final ServerId ID = new ServerId(UUID.randomUUID(), UUID.randomUUID());

  final List<Envelope> envelopes = new CopyOnWriteArrayList<>();
  final List<String> senders = new CopyOnWriteArrayList<>();
  final List<BootstrapEnvelope> bootstraps = new CopyOnWriteArrayList<>();
  final List<Boolean> servers = new CopyOnWriteArrayList<>();
  final List<String> broken = new CopyOnWriteArrayList<>();
  final List<String> unreadable = new CopyOnWriteArrayList<>();
  final List<Throwable> ended = new CopyOnWriteArrayList<>();
  final List<Thread> threads = new CopyOnWriteArrayList<>();
  final String address;
  final NioTransport transport;
  volatile Function<byte[], CompletionStage<byte[]>> answer = CompletableFuture::completedFuture;

  /**
   * @param tls null: connections are plain
   */
  Station(String address, PortTls tls, Consumer<TransportOptions.Limits> change)
      throws IOException {
    this(address, tls, null, change);
  }

  /**
   * @param server who it is, where servers prove that they are
   */
  Station(String address, PortTls tls, ServerId server, Consumer<TransportOptions.Limits> change)
      throws IOException {
    this.address = address;
    InetSocketAddress own = HostPort.parse(address).literal();
    ThreadFactory factory =
        task -> {
          Thread thread = new Thread(task, "transport-" + address);
          threads.add(thread);
          return thread;
        };
    transport =
        new NioTransport(
            TransportOptions.of(own.getAddress(), own.getPort(), address)
                .withTls(tls)
                .as(server)
                .with(change),
            factory);
    transport.start(this);
  }

  static Station at(String address) throws IOException {
    return new Station(address, null, limits -> {});
  }

  /** A free port on this loopback address, as {@code ip:port}. */
  static String free(String ip) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ip))) {
      return ip + ":" + socket.getLocalPort();
    }
  }

  static Envelope heartbeat(long term) {
    return new Envelope(CLUSTER, ID, ID, new Message.AppendRequest(term, 0, 0, List.of(), 0, 0));
  }

  static Envelope bulk(long term, int bytes) {
    Entry entry = new Entry(1, term, Entry.Kind.COMMAND, new byte[bytes]);
    return new Envelope(
        CLUSTER, ID, ID, new Message.AppendRequest(term, 0, 0, List.of(entry), 0, 0));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void onEnvelope(Envelope envelope, String fromAddress) {
    envelopes.add(envelope);
    senders.add(fromAddress);
  }

  @Override
  public void onBootstrap(BootstrapEnvelope envelope, String fromAddress) {
    bootstraps.add(envelope);
  }

  @Override
  public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer) {
    servers.add(fromServer);
    return answer.apply(body);
  }

  @Override
  public void onUnreadable(UUID cluster, ServerId from, ServerId to, String why) {
    unreadable.add(why);
  }

  @Override
  public void onBroken(String brokenAddress) {
    broken.add(brokenAddress);
  }

  @Override
  public void onEnded(Throwable cause) {
    ended.add(cause);
  }

  @Override
  public void close() {
    transport.close();
  }
}
