package org.comitia.consensus;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.wire.Commands;

/**
 * A write on its way to the leader, as the bytes that the log will hold: encoded once, where it
 * came in. The leader alone decodes it, once, to look at its bounds before it proposes it.
 */
final class RoutedWrite implements LeaderRoute.Errand<Forwarded.WriteAnswer> {
  private static final Duration FORWARDED = Duration.ofSeconds(10);

  /** Looks at a command, and proposes it if that may be. */
  interface Proposer {
    /**
     * @return {@link Failure#NO_LEADER} when this server cannot
     */
    CompletableFuture<WriteOutcome> propose(Caller caller, Command command, byte[] data);
  }

  private final Caller caller;
  private final byte[] data;
  private final Proposer proposer;
  private final Function<Failure, String> text;
  private Command command; // null until it is decoded; one attempt at a time
  final CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();

  /**
   * @param caller on whose behalf
   * @param command null when it came encoded
   * @param text a failure in words
   */
  RoutedWrite(
      Caller caller,
      Command command,
      byte[] data,
      Proposer proposer,
      Function<Failure, String> text) {
    this.caller = caller;
    this.command = command;
    this.data = data;
    this.proposer = proposer;
    this.text = text;
  }

  @Override
  public void lead(Runnable again) {
    try {
      if (command == null) {
        command = Commands.decode(data);
      }
    } catch (IOException | RuntimeException unreadable) {
      String why = "COM4027: the leader cannot read this command: " + unreadable.getMessage();
      outcome.complete(new WriteOutcome.NotApplied(Failure.REFUSED, why));
      return;
    }
    proposer
        .propose(caller, command, data)
        .thenAccept(
            result -> {
              if (!take(result)) {
                again.run();
              }
            });
  }

  private boolean take(WriteOutcome result) {
    if (result instanceof WriteOutcome.NotApplied refused
        && refused.failure() == Failure.NO_LEADER) {
      return false;
    }
    outcome.complete(result);
    return true;
  }

  @Override
  public Forwarded.Write request() {
    return new Forwarded.Write(1, caller, data);
  }

  @Override
  public Duration timeout() {
    return FORWARDED;
  }

  @Override
  public boolean answered(Forwarded.WriteAnswer answer) {
    return take(answer.outcome());
  }

  @Override
  public boolean unknown(String reason, boolean over) {
    outcome.complete(new WriteOutcome.Unknown(Texts.unknown(reason)));
    return true;
  }

  @Override
  public void fail(Failure failure) {
    outcome.complete(new WriteOutcome.NotApplied(failure, text.apply(failure)));
  }
}
