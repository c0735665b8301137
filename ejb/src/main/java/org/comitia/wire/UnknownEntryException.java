package org.comitia.wire;

import java.util.UUID;
import org.comitia.raft.ServerId;

/**
 * A frame with an entry of the log that this version cannot read: of a kind that it does not know,
 * or a configuration in another format. A newer version may have written it, and then only an
 * upgrade of this server helps.
 */
public final class UnknownEntryException extends MalformedFrameException {
  private static final long serialVersionUID = 1L;

  private final transient UUID cluster;
  private final transient ServerId from;
  private final transient ServerId to;

  /** The frame is of this cluster, from and to these servers, as it says. */
  UnknownEntryException(UUID cluster, ServerId from, ServerId to, String message, Throwable cause) {
    super(message, cause);
    this.cluster = cluster;
    this.from = from;
    this.to = to;
  }

  public UUID cluster() {
    return cluster;
  }

  public ServerId from() {
    return from;
  }

  public ServerId to() {
    return to;
  }
}
