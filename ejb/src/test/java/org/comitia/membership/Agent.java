package org.comitia.membership;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership.JoinOutcome;
import org.comitia.encryption.KeyedTls;
import org.jgroups.util.Util;

/** One member on loopback, with fast timings. */
final class Agent implements AutoCloseable {
  private static final Duration FAILURE = Duration.ofMillis(1500);

  final String name;
  final String ip;
  final int port;
  final UUID id;
  final List<Thread> threads = new CopyOnWriteArrayList<>();
  final ExecutorService executor = Executors.newCachedThreadPool();
  final List<List<Member>> heard = new CopyOnWriteArrayList<>();
  final JGroupsMembership membership;

  Agent(String name, String ip, int port, UUID id, Path dir, Map<String, String> extra)
      throws Exception {
    this(name, ip, port, id, dir, extra, null, null);
  }

  /**
   * @param channel null for the executor of everything else
   * @param joins the same
   */
  Agent(
      String name,
      String ip,
      int port,
      UUID id,
      Path dir,
      Map<String, String> extra,
      Executor channel,
      Executor joins)
      throws Exception {
    this(name, ip, ip, port, id, dir, extra, channel, joins, FAILURE, null);
  }

  private Agent(
      String name,
      String bind,
      String ip,
      int port,
      UUID id,
      Path dir,
      Map<String, String> extra,
      Executor channel,
      Executor joins,
      Duration failure,
      KeyedTls encryption)
      throws Exception {
    this.name = name;
    this.ip = ip;
    this.port = port;
    this.id = id;
    Map<String, String> tags = new HashMap<>();
    tags.put(Member.Tags.ROLE, "consul");
    tags.put(Member.Tags.DATACENTER, "dc1");
    tags.putAll(extra);
    InetAddress address = InetAddress.getByName(ip);
    membership =
        new JGroupsMembership(
            new MembershipOptions(
                InetAddress.getByName(bind),
                port,
                address,
                name,
                id,
                tags,
                dir,
                false,
                task -> {
                  Thread thread = new Thread(task, "serf-" + name);
                  threads.add(thread);
                  return thread;
                },
                executor,
                channel == null ? executor : channel,
                joins == null ? executor : joins,
                new MembershipOptions.Timings(
                    Duration.ofMillis(200),
                    failure,
                    Duration.ofMillis(300),
                    Duration.ofSeconds(2),
                    Duration.ofMillis(400),
                    Duration.ofHours(72),
                    Duration.ofHours(24)),
                MembershipOptions.Newcomers.ALL,
                encryption));
  }

  static Agent started(String name, String ip) throws Exception {
    return new Agent(name, ip, freePort(ip), UUID.randomUUID(), null, Map.of()).start();
  }

  /** Started; it takes nobody for failed who is silent for less than half a minute. */
  static Agent patient(String name, String ip) throws Exception {
    UUID id = UUID.randomUUID();
    Duration failure = Duration.ofSeconds(30);
    return new Agent(name, ip, ip, freePort(ip), id, null, Map.of(), null, null, failure, null)
        .start();
  }

  /**
   * Not started.
   *
   * @param bind where it listens; the others know it at {@code ip}
   * @param encryption null for none
   */
  static Agent encrypted(String name, String bind, String ip, int port, KeyedTls encryption)
      throws Exception {
    UUID id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    return new Agent(name, bind, ip, port, id, null, Map.of(), null, null, FAILURE, encryption);
  }

  /** Started, {@link #patient} and encrypted. */
  static Agent patient(String name, String ip, KeyedTls encryption) throws Exception {
    UUID id = UUID.randomUUID();
    Duration failure = Duration.ofSeconds(60);
    return new Agent(
            name, ip, ip, freePort(ip), id, null, Map.of(), null, null, failure, encryption)
        .start();
  }

  Agent start() throws IOException {
    try {
      membership.start(heard::add, true);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
    return this;
  }

  BoundedTcp tcp() {
    return (BoundedTcp) membership.channel().channel().getProtocolStack().getTransport();
  }

  static int freePort(String ip) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ip))) {
      return socket.getLocalPort();
    }
  }

  String address() {
    return ip + ":" + port;
  }

  JoinOutcome join(Agent other) {
    return membership.join(List.of(other.address())).get(0);
  }

  /** The names of the members with this status, sorted. */
  List<String> names(Member.Status status) {
    return membership.members().stream()
        .filter(m -> m.status() == status)
        .map(Member::name)
        .sorted()
        .collect(Collectors.toList());
  }

  List<String> alive() {
    return names(Member.Status.ALIVE);
  }

  Member sees(Agent other) {
    return membership.members().stream()
        .filter(m -> m.nodeId().equals(other.id))
        .findFirst()
        .orElse(null);
  }

  boolean sees(Agent other, Member.Status status) {
    Member member = sees(other);
    return member != null && member.status() == status;
  }

  /** Ends the channel without its goodbye, as a killed process does. */
  void kill() throws Exception {
    Util.shutdown(membership.channel().channel());
    close();
  }

  @Override
  public void close() {
    membership.close();
    executor.shutdownNow();
  }
}
