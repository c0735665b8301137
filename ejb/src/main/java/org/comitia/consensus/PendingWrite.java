package org.comitia.consensus;

import java.util.concurrent.CompletableFuture;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;

/**
 * A write under way: from the inbox to its application, or to the moment when we stop waiting for
 * it.
 */
final class PendingWrite implements Inbox.Input {
  final byte[] data;
  final long deadlineNanos;
  final long startedNanos = System.nanoTime();
  final CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();

  /** Term and index of its entry; written in the core's turn before the entry can be committed. */
  long term;

  /** 0 until it is proposed. */
  long index;

  PendingWrite(byte[] data, long deadlineNanos) {
    this.data = data;
    this.deadlineNanos = deadlineNanos;
  }

  /** Never called: the core collects consecutive writes into one proposal instead. */
  @Override
  public void run() {
    throw new IllegalStateException("a write is proposed in a batch");
  }

  @Override
  public void refused(Failure failure, String why) {
    outcome.complete(
        index == 0
            ? new WriteOutcome.NotApplied(failure, why)
            : new WriteOutcome.Unknown(Texts.unknown(why)));
  }
}
