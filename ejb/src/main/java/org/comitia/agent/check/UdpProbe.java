package org.comitia.agent.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Sends a datagram of one byte, 0 (Java's connected sockets send no empty ones). Passing when
 * something comes back or nothing at all does for the timeout; critical when the host says that
 * nobody listens there.
 */
final class UdpProbe implements Probe {
  private static final Logger LOG = Logger.getLogger("agent");

  /** How often the socket is looked at: soon at first, later less. */
  private static final long FIRST_LOOK_NANOS = 2_000_000;

  private static final long MAX_LOOK_NANOS = 200_000_000;

  private final String target;
  private final Executor lookups;
  private final Timer timer;
  private final long timeoutNanos;

  UdpProbe(String target, Executor lookups, Timer timer, long timeoutNanos) {
    this.target = target;
    this.lookups = lookups;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public CompletionStage<Result> begin() {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(target, null);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Result.critical(udp(e.getMessage())));
    }
    Attempt attempt = new Attempt(timer, timeoutNanos, this::success);
    if (endpoint.isLiteral()) {
      send(endpoint, attempt);
    } else {
      lookups.execute(() -> send(endpoint, attempt));
    }
    return attempt.result();
  }

  private Result success() {
    return Result.passing("UDP connect " + target + ": Success");
  }

  private static String udp(String text) {
    return text.replaceFirst("^dial tcp", "dial udp");
  }

  private void send(Endpoint endpoint, Attempt attempt) {
    try {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
      DatagramChannel channel = DatagramChannel.open();
      attempt.result().whenComplete((done, problem) -> close(channel));
      channel.configureBlocking(false);
      channel.connect(address);
      channel.write(ByteBuffer.allocate(1));
      look(channel, attempt, FIRST_LOOK_NANOS);
    } catch (UnknownHostException e) {
      attempt.end(Result.critical("dial udp: lookup " + endpoint.host() + ": no such host"));
    } catch (ClosedChannelException e) {
      // the time was over meanwhile
    } catch (IOException | RuntimeException e) {
      attempt.end(Result.critical("dial udp " + endpoint.authority() + ": " + e.getMessage()));
    }
  }

  /** No thread waits for the answer: a UDP socket has none that a reactor of TCP would know. */
  private void look(DatagramChannel channel, Attempt attempt, long afterNanos) {
    timer.after(
        afterNanos,
        () -> {
          try {
            // A datagram of no bytes is told from none by the address only.
            if (channel.isOpen() && channel.receive(ByteBuffer.allocate(1)) != null) {
              attempt.end(success());
            } else if (channel.isOpen()) {
              look(channel, attempt, Math.min(MAX_LOOK_NANOS, afterNanos * 2));
            }
          } catch (PortUnreachableException e) {
            attempt.end(Result.critical("read udp " + target + ": read: connection refused"));
          } catch (ClosedChannelException e) {
            // the time was over meanwhile
          } catch (IOException e) {
            attempt.end(Result.critical("read udp " + target + ": " + e.getMessage()));
          }
        });
  }

  private static void close(DatagramChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "a check's socket did not close", e);
    }
  }
}
