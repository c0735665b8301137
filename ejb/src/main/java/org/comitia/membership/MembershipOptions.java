package org.comitia.membership;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.comitia.config.Network;
import org.comitia.encryption.KeyedTls;

/**
 * Who this member is and how it listens.
 *
 * @param bind the address to listen on; never the wildcard unless that was asked for
 * @param port the serf LAN port; also the port meant by an address to join that names none
 * @param advertise the address under which the others reach this member
 * @param name the node name
 * @param nodeId the node id
 * @param tags the tags to begin with, see {@code Member.Tags}
 * @param dataDir its {@code serf/members} remembers the members; null remembers nothing
 * @param rejoinAfterLeave whether the remembered members are tried even after a leave
 * @param threads makes the threads that live as long as the membership
 * @param executor runs short tasks that may wait for a disk; never shut down from here
 * @param channel runs what the channel delivers, and nothing else: heartbeats come that way
 * @param joins runs hellos to other hosts, which wait for what the channel delivers
 * @param timings how long the protocols wait
 * @param newcomers who may connect, and in which time
 * @param tls all connections are encrypted by it, and their other sides prove its key before
 *     anything that they say is read; null: connections are plain
 */
public record MembershipOptions(
    InetAddress bind,
    int port,
    InetAddress advertise,
    String name,
    UUID nodeId,
    Map<String, String> tags,
    Path dataDir,
    boolean rejoinAfterLeave,
    ThreadFactory threads,
    Executor executor,
    Executor channel,
    Executor joins,
    Timings timings,
    Newcomers newcomers,
    KeyedTls tls) {
  public MembershipOptions {
    Objects.requireNonNull(bind, "bind");
    Objects.requireNonNull(advertise, "advertise");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(nodeId, "nodeId");
    tags = Map.copyOf(tags);
    Objects.requireNonNull(threads, "threads");
    Objects.requireNonNull(executor, "executor");
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(joins, "joins");
    Objects.requireNonNull(timings, "timings");
    Objects.requireNonNull(newcomers, "newcomers");
  }

  /**
   * Those who connect to the serf LAN port.
   *
   * @param allowed from where they may; empty: from everywhere
   * @param handshake how long one may take to prove the key and say who it is
   */
  public record Newcomers(List<Network> allowed, Duration handshake) {
    /** From everywhere, within Consul's five seconds. */
    public static final Newcomers ALL = new Newcomers(List.of(), Duration.ofSeconds(5));
  }

  /**
   * @param heartbeat the pause between two heartbeats on the channel
   * @param failure without a heartbeat for this long a member is suspected
   * @param verify a suspected member has this long to answer before it counts as failed
   * @param hello bound for a host's answer to the hello
   * @param reconnect the pause between two attempts to reach a failed member
   * @param reapFailed a failed member is forgotten after this
   * @param reapLeft a member that left is forgotten after this
   */
  public record Timings(
      Duration heartbeat,
      Duration failure,
      Duration verify,
      Duration hello,
      Duration reconnect,
      Duration reapFailed,
      Duration reapLeft) {
    /** The defaults that production uses. */
    public static Timings defaults() {
      return new Timings(
          Duration.ofSeconds(1),
          Duration.ofSeconds(4),
          Duration.ofSeconds(1),
          Duration.ofSeconds(3),
          Duration.ofSeconds(3),
          Duration.ofHours(72),
          Duration.ofHours(24));
    }

    /** The same, with another time after which a failed member is forgotten. */
    public Timings withReapFailed(Duration after) {
      return new Timings(heartbeat, failure, verify, hello, reconnect, after, reapLeft);
    }
  }
}
