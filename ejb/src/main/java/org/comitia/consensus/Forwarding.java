package org.comitia.consensus;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Transport;
import org.comitia.wire.ForwardCodec;

/** Asks another agent over the server port. */
final class Forwarding {
  private Forwarding() {}

  /**
   * Gives a {@link Forwarded.Answer}, or the {@link Transport.Outcome} when there is no readable
   * answer.
   */
  static CompletionStage<Object> ask(
      Transport transport, String address, Forwarded request, Duration timeout) {
    return transport
        .request(address, ForwardCodec.encode(request), timeout)
        .thenApply(Forwarding::answer);
  }

  private static Object answer(Transport.Outcome outcome) {
    if (outcome instanceof Transport.Outcome.Answered answered) {
      try {
        return ForwardCodec.decodeAnswer(answered.body());
      } catch (Exception e) {
        return new Transport.Outcome.Unknown("its answer cannot be read: " + e.getMessage());
      }
    }
    return outcome;
  }
}
