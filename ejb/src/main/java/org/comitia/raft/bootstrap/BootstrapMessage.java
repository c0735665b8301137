package org.comitia.raft.bootstrap;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.comitia.raft.Server;

/**
 * What empty servers tell each other before there is a cluster (design §5). A founding set's id is
 * a hash of all that it says, so naming the id names the set; if the set starts, it is the
 * cluster's id. The rules for each frame stand in docs/design/protocol.md.
 */
public sealed interface BootstrapMessage {
  /** The id of the founding set that this is about. */
  UUID cluster();

  /**
   * The sender has durably promised this set and asks the addressee for its promise. Resent until
   * answered, by every member that has promised.
   *
   * @param nonce tells two attempts with the same servers apart
   * @param expect the proposer's {@code bootstrap-expect}
   * @param servers all voters, ordered by id; at least {@code expect}
   */
  record Propose(UUID cluster, long nonce, int expect, List<Server> servers)
      implements BootstrapMessage {
    public Propose {
      Objects.requireNonNull(cluster, "cluster");
      servers = List.copyOf(servers);
    }
  }

  /**
   * The sender has durably promised to be in this cluster and no other; told to every member of it.
   * Also what a server that has started says.
   */
  record Promised(UUID cluster) implements BootstrapMessage {
    public Promised {
      Objects.requireNonNull(cluster, "cluster");
    }
  }

  /**
   * The sender does not promise now; nothing changed at it, and it may promise when asked again.
   *
   * @param reason for people; names the server and what is wrong
   */
  record Refused(UUID cluster, String reason) implements BootstrapMessage {
    public Refused {
      Objects.requireNonNull(cluster, "cluster");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * The sender has durably given up its part in this set for ever.
   *
   * @param question the addressee is asked to renounce too, or to say why not
   */
  record Renounced(UUID cluster, boolean question) implements BootstrapMessage {
    public Renounced {
      Objects.requireNonNull(cluster, "cluster");
    }
  }
}
