package org.comitia.agent.check;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.hc.core5.http2.nio.AsyncPingHandler;
import org.apache.hc.core5.http2.nio.command.PingCommand;
import org.apache.hc.core5.reactor.Command;

/** Passing when an HTTP/2 server answers a PING frame. */
final class H2PingProbe implements Probe {
  private final String target;
  private final Tls tls;
  private final CheckNetwork network;
  private final Timer timer;
  private final long timeoutNanos;

  /**
   * @param tls null for plain text
   */
  H2PingProbe(String target, Tls tls, CheckNetwork network, Timer timer, long timeoutNanos) {
    this.target = target;
    this.tls = tls;
    this.network = network;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public CompletionStage<Result> begin() {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(target, tls);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(notDialed(e.getMessage()));
    }
    Attempt attempt = new Attempt(timer, timeoutNanos, () -> failed("context deadline exceeded"));
    network
        .connect(endpoint, CheckNetwork.Protocol.HTTP_2, timeoutNanos)
        .whenComplete(
            (session, problem) -> {
              if (problem != null) {
                attempt.end(notDialed(problem.getMessage()));
                return;
              }
              attempt.closeAtEnd(session);
              session.enqueue(new PingCommand(new Pong(attempt)), Command.Priority.NORMAL);
            });
    return attempt.result();
  }

  private Result notDialed(String why) {
    return Result.critical("Failed to dial to " + target + ": " + why);
  }

  private static Result failed(String why) {
    return Result.critical("HTTP2 ping failed: " + why);
  }

  private record Pong(Attempt attempt) implements AsyncPingHandler {
    @Override
    public ByteBuffer getData() {
      return ByteBuffer.allocate(8); // what a PING carries, whatever it is
    }

    @Override
    public void consumeResponse(ByteBuffer feedback) {
      attempt.end(Result.passing("HTTP2 ping was successful"));
    }

    @Override
    public void failed(Exception cause) {
      attempt.end(H2PingProbe.failed(String.valueOf(cause.getMessage())));
    }

    @Override
    public void cancel() {
      attempt.end(H2PingProbe.failed("connection closed"));
    }
  }
}
