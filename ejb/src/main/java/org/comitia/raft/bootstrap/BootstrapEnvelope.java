package org.comitia.raft.bootstrap;

import java.util.Objects;
import org.comitia.raft.ServerId;

/** A bootstrap message with sender and addressee; taken only by a server that has no cluster. */
public record BootstrapEnvelope(ServerId from, ServerId to, BootstrapMessage message) {
  public BootstrapEnvelope {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(message, "message");
  }
}
