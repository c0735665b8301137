package org.comitia.raft;

import java.util.Objects;
import java.util.UUID;

/**
 * A message with cluster, sender and addressee. Whoever is not the addressee, or is of another
 * cluster, drops it.
 *
 * @param cluster the cluster's id
 */
public record Envelope(UUID cluster, ServerId from, ServerId to, Message message) {
  public Envelope {
    Objects.requireNonNull(cluster, "cluster");
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(message, "message");
  }
}
