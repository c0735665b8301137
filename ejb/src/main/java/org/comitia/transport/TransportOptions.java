package org.comitia.transport;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.comitia.config.Network;
import org.comitia.encryption.KeyedTls;

/**
 * How the transport listens and what it bounds.
 *
 * @param bind the address to listen on and to connect from; the wildcard address connects from
 *     whichever the kernel picks
 * @param port the server port; 0 lets the kernel pick one; negative: do not listen (an agent in
 *     client mode)
 * @param advertised {@code ip:port} under which the others reach this transport; empty when it does
 *     not listen
 * @param limits what it bounds
 * @param tls what every connection begins with, made or accepted; null without an encrypt key
 */
public record TransportOptions(
    InetAddress bind, int port, String advertised, Limits limits, KeyedTls tls) {
  public TransportOptions {
    Objects.requireNonNull(bind, "bind");
    Objects.requireNonNull(advertised, "advertised");
    Objects.requireNonNull(limits, "limits");
  }

  /** The defaults that production uses. */
  public static TransportOptions of(InetAddress bind, int port, String advertised) {
    return new TransportOptions(bind, port, advertised, new Limits(), null);
  }

  /** The same with connections that prove and are encrypted by a key; null: without. */
  public TransportOptions withTls(KeyedTls other) {
    return new TransportOptions(bind, port, advertised, limits, other);
  }

  /** The same with other limits. */
  public TransportOptions with(Consumer<Limits> change) {
    Limits changed = new Limits(limits);
    change.accept(changed);
    return new TransportOptions(bind, port, advertised, changed, tls);
  }

  /** Times and sizes, production's to begin with. Set before the transport is made, then read. */
  public static final class Limits {
    /** Bound for a TCP connection to come up. */
    Duration connect = Duration.ofMillis(400);

    /**
     * Bound for the other side's greeting after that; a stopped process accepts connections (the
     * kernel does) but does not greet.
     */
    Duration greeting = Duration.ofSeconds(2);

    /** A used connection on which nothing was heard for this long after a ping is broken. */
    Duration silence = Duration.ofSeconds(3);

    /** The longest pause between two attempts to connect to a peer. */
    Duration backoff = Duration.ofMillis(500);

    /** Bytes that may wait for one peer. */
    int queueBytes = 32 << 20;

    /** The longest frame that is sent or taken. */
    int frameBytes = 16 << 20;

    /** Bytes held for frames that have not come whole, over all connections. */
    int unfinishedBytes = 64 << 20;

    /** Requests without an answer, over all peers; a quarter is kept for those that do not wait. */
    int openRequests = 4096;

    /** Requests of one connection in work; a quarter is kept for those that do not wait. */
    int answering = 1024;

    /** Accepted connections. */
    int connections = 2048;

    /** Accepted connections of one address, as Consul's rpc_max_conns_per_client; 0: no limit. */
    public int connectionsOfAnAddress = 100;

    /** An accepted connection has proved what it must and greeted by then. */
    public Duration handshake = Duration.ofSeconds(5);

    /** From where connections are accepted; empty: from everywhere. */
    public List<Network> allowed = List.of();

    /** An accepted connection that is silent for this long is closed; the other side pings. */
    Duration idle = Duration.ofMinutes(2);

    /** A frame that has begun must have come whole within this. */
    Duration frame = Duration.ofMinutes(1);

    Limits() {}

    private Limits(Limits other) {
      connect = other.connect;
      greeting = other.greeting;
      silence = other.silence;
      backoff = other.backoff;
      queueBytes = other.queueBytes;
      frameBytes = other.frameBytes;
      unfinishedBytes = other.unfinishedBytes;
      openRequests = other.openRequests;
      answering = other.answering;
      connections = other.connections;
      connectionsOfAnAddress = other.connectionsOfAnAddress;
      handshake = other.handshake;
      allowed = other.allowed;
      idle = other.idle;
      frame = other.frame;
    }
  }
}
