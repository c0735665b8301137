package org.comitia.transport;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * How the transport listens and what it bounds.
 *
 * @param bind the address to listen on and to connect from; the wildcard address connects from
 *     whichever the kernel picks
 * @param port the server port; 0 lets the kernel pick one; negative: do not listen (an agent in
 *     client mode)
 * @param advertised {@code ip:port} under which the others reach this transport; empty when it does
 *     not listen
 * @param connectTimeout bound for a TCP connection to come up
 * @param greetingTimeout bound for the other side's greeting after that; a stopped process accepts
 *     connections (the kernel does) but does not greet
 * @param silence a used connection on which nothing was heard for this long after a ping is broken
 * @param maxBackoff the longest pause between two attempts to connect to a peer
 * @param queueBytes bytes that may wait for one peer
 * @param maxFrameBytes the longest frame that is sent or taken
 * @param maxOpenRequests requests without an answer, over all peers
 */
public record TransportOptions(
    InetAddress bind,
    int port,
    String advertised,
    Duration connectTimeout,
    Duration greetingTimeout,
    Duration silence,
    Duration maxBackoff,
    int queueBytes,
    int maxFrameBytes,
    int maxOpenRequests) {
  public TransportOptions {
    Objects.requireNonNull(bind, "bind");
    Objects.requireNonNull(advertised, "advertised");
    if (queueBytes <= 0 || maxFrameBytes <= 0 || maxOpenRequests <= 0) {
      throw new IllegalArgumentException("bounds must be positive");
    }
  }

  /** The defaults that production uses. */
  public static TransportOptions of(InetAddress bind, int port, String advertised) {
    return new TransportOptions(
        bind,
        port,
        advertised,
        Duration.ofMillis(400),
        Duration.ofSeconds(2),
        Duration.ofSeconds(3),
        Duration.ofMillis(500),
        32 << 20,
        16 << 20,
        4096);
  }

  /** The same with another bound for the bytes that may wait for one peer. */
  public TransportOptions withQueueBytes(int bytes) {
    return new TransportOptions(
        bind,
        port,
        advertised,
        connectTimeout,
        greetingTimeout,
        silence,
        maxBackoff,
        bytes,
        maxFrameBytes,
        maxOpenRequests);
  }

  /** The same with another bound for silence. */
  public TransportOptions withSilence(Duration duration) {
    return new TransportOptions(
        bind,
        port,
        advertised,
        connectTimeout,
        greetingTimeout,
        duration,
        maxBackoff,
        queueBytes,
        maxFrameBytes,
        maxOpenRequests);
  }

  /** The same with another bound for open requests. */
  public TransportOptions withMaxOpenRequests(int requests) {
    return new TransportOptions(
        bind,
        port,
        advertised,
        connectTimeout,
        greetingTimeout,
        silence,
        maxBackoff,
        queueBytes,
        maxFrameBytes,
        requests);
  }
}
