package org.comitia.agent.check;

import java.util.concurrent.CompletionStage;

/** Passing when a connection can be opened; nothing is said on it. */
final class TcpProbe implements Probe {
  private final String target;
  private final CheckNetwork network;
  private final Timer timer;
  private final long timeoutNanos;

  TcpProbe(String target, CheckNetwork network, Timer timer, long timeoutNanos) {
    this.target = target;
    this.network = network;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public CompletionStage<Result> begin() {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(target, null);
    } catch (IllegalArgumentException e) {
      return java.util.concurrent.CompletableFuture.completedFuture(
          Result.critical(e.getMessage()));
    }
    Attempt attempt =
        new Attempt(timer, timeoutNanos, () -> Result.critical(DialText.timeout(endpoint)));
    network
        .connect(endpoint, CheckNetwork.Protocol.NONE, timeoutNanos)
        .whenComplete(
            (session, problem) -> {
              if (problem != null) {
                attempt.end(Result.critical(problem.getMessage()));
              } else {
                attempt.closeAtEnd(session);
                attempt.end(Result.passing("TCP connect " + target + ": Success"));
              }
            });
    return attempt.result();
  }
}
