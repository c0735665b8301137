package org.comitia.raft;

import java.util.Comparator;
import java.util.Objects;
import java.util.UUID;

/**
 * Who a server is: the node id, which lives as long as the machine's data directory, and the
 * incarnation, which is minted with each new store. Never an address. A wiped store comes back
 * under the same node id as somebody else.
 */
public record ServerId(UUID node, UUID incarnation) implements Comparable<ServerId> {
  // Not UUID.compareTo: that one is signed and would order differently from the text that people
  // see.
  private static final Comparator<ServerId> ORDER =
      Comparator.comparing((ServerId id) -> id.node.toString())
          .thenComparing(id -> id.incarnation.toString());

  public ServerId {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(incarnation, "incarnation");
  }

  @Override
  public int compareTo(ServerId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return node + "/" + incarnation.toString().substring(0, 8);
  }
}
