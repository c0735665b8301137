package org.comitia.transport;

import java.util.concurrent.CompletableFuture;
import org.comitia.cluster.Reply;

/** A request without an answer yet. All but the future is guarded by its link's lock. */
final class OpenRequest {
  final long id;
  final long deadlineNanos;
  final CompletableFuture<Reply<byte[]>> future = new CompletableFuture<>();

  /** The link it is queued on. */
  final Link link;

  /** Where in the link's stream of bytes it starts; negative while it is still queued. */
  long startsAt = -1;

  /** Given up while still queued: the link skips it. */
  boolean cancelled;

  OpenRequest(long id, long deadlineNanos, Link link) {
    this.id = id;
    this.deadlineNanos = deadlineNanos;
    this.link = link;
  }
}
