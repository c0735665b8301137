package org.comitia.simulation;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Transport;

/** Whom a client can ask: a server, or a client agent. */
interface Agent {
  /** Requests, by how long they may take beyond the time for which they are held. */
  enum Kind {
    /** It is under way to the leader, or to be committed here, for ten seconds. */
    WRITE(10),
    /** Seven seconds for the read index, ten to apply that. */
    READ(17),
    /** The same, then ten for the end of the session, if it is under way. */
    RENEWAL(27);

    final Duration atServer;

    Kind(int seconds) {
      atServer = Duration.ofSeconds(seconds);
    }

    /** An agent that holds nothing itself waits so long for a server. */
    static final Duration AT_CLIENT = Transport.LONGEST_SHORT_REQUEST;
  }

  /**
   * A request arrives at its HTTP API.
   *
   * @param then runs at the client, with the answer and the cluster of the server that gave it, or
   *     with nulls when the request surely went nowhere; never when the agent is gone before
   */
  <T> void ask(Kind kind, Function<Cluster, CompletionStage<T>> request, BiConsumer<T, UUID> then);
}
