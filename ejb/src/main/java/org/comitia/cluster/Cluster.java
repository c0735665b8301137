package org.comitia.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Authorizer;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;

/**
 * The cluster as an agent's HTTP API sees it, the same on servers and clients: whatever this node
 * cannot answer itself is forwarded over the server port. Nothing blocks; stages complete within
 * the hold timeout and half a minute for what is under way then, plus a blocking read's wait. Safe
 * for any thread.
 *
 * <p>{@link WriteOutcome.Applied} and {@link ReadOutcome.Answer} that come later come on the
 * executor for short work, or on the caller's thread, so that a small answer may be sent from
 * there. Any other outcome may come on the engine's own threads, which must go on at once.
 */
public interface Cluster {
  /**
   * Proposes it, if the caller may; {@link Failure#DENIED} if not. A transaction that holds what
   * the caller may not answers with its errors, as one that was rolled back does.
   */
  CompletionStage<WriteOutcome> write(Caller caller, Command command);

  /** Without the rows that its caller may not see. */
  <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read);

  /**
   * What a caller may do, for what belongs to this node alone: there the node itself looks at it. A
   * server knows at once, a client agent asks a server and goes by that for a while.
   */
  CompletionStage<AuthorizerAnswer> authorizer(Caller caller);

  /**
   * @param authorizer null when there is none
   * @param failure {@link Failure#DENIED} for an unknown token; null when there is an authorizer
   */
  record AuthorizerAnswer(Authorizer authorizer, Failure failure, String message) {
    /** What it may. */
    public static AuthorizerAnswer of(Authorizer authorizer) {
      return new AuthorizerAnswer(authorizer, null, "");
    }

    /** Why nobody knows, or that it is unknown. */
    public static AuthorizerAnswer failed(Failure failure, String message) {
      return new AuthorizerAnswer(null, failure, message);
    }
  }

  /**
   * Gives a session all its TTL again. The leader, which keeps the TTLs, answers, and makes sure
   * first that it leads. Safe to repeat.
   *
   * @return a list of the session, an empty one when it is not there
   */
  CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(Caller caller, String session);

  /**
   * {@code ip:port} of the leader and of the servers, as this server knows them or, on a client
   * agent, as the server knows them that it asks. Needs no leader.
   */
  CompletionStage<StatusAnswer> status();

  /** The Raft configuration as the leader knows it, or with {@code stale} as this server does. */
  CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale);

  /**
   * Takes a server out of the Raft configuration, because a person says so; its node stays in the
   * catalog. One that is still an alive member is taken in again as a learner.
   *
   * @param id its node id; empty when the address says which
   * @param address its {@code ip:port}; empty when the id says which
   */
  CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address);

  /**
   * Has the leader hand leadership over, because a person says so.
   *
   * @param id the node id of the server that is to lead; empty: whoever has the most of the log
   */
  CompletionStage<TransferAnswer> transferLeader(Caller caller, String id);

  /**
   * How the leader looks after the servers, and how they are, as the leader knows. What it says is
   * no older than the newest configuration that was set before.
   */
  CompletionStage<AutopilotAnswer> autopilot(Caller caller);

  /**
   * @param servers those of the Raft configuration
   * @param failure null on success
   */
  record AutopilotAnswer(
      AutopilotConfig config, List<ServerHealth> servers, Failure failure, String message) {
    /** Why there is none. */
    public static AutopilotAnswer failed(Failure failure, String message) {
      return new AutopilotAnswer(AutopilotConfig.DEFAULT, List.of(), failure, message);
    }
  }

  /**
   * @param failure null when another server leads
   */
  record TransferAnswer(Failure failure, String message) {}

  /**
   * The whole state as it is at one moment. Only a server has one: a client agent refuses. Without
   * {@code stale} it waits as long as a default read does. A snapshot keeps its version of the
   * state in memory until it is let go: whoever takes many bounds how many. What is chained to the
   * answer may run on the apply thread and only hands over.
   *
   * @param stale as this server has it, leader or not; else as new as the leader says, as a default
   *     read is
   */
  CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale);

  /**
   * Puts an archived state in the place of the cluster's, as a whole or not at all. Only a server
   * does: a client agent refuses, for the same reason. The archive is read and checked first, all
   * of it; how long the rest takes depends on its size. One at a time on each server.
   *
   * @param archive a file, which stays as it is until the answer is there
   */
  CompletionStage<RestoreAnswer> restore(Caller caller, Path archive);

  /**
   * @param index of the entry that put it there; 0 when none did
   * @param failure null when it is there
   */
  record RestoreAnswer(long index, Failure failure, String message) {
    /** Why it is not there, or that nobody knows: the text says which. */
    public static RestoreAnswer failed(Failure failure, String message) {
      return new RestoreAnswer(0, failure, message);
    }
  }

  /**
   * @param snapshot null when there is none
   * @param failure null when there is one
   */
  record SnapshotAnswer(
      Snapshot snapshot,
      boolean knownLeader,
      long lastContactMillis,
      Failure failure,
      String message) {
    /** Why there is none. */
    public static SnapshotAnswer failed(Failure failure, String message) {
      return new SnapshotAnswer(null, false, 0, failure, message);
    }
  }

  /**
   * @param failure null when the server is out
   */
  record RemovalAnswer(Failure failure, String message) {}

  /**
   * Leader and peers.
   *
   * @param leader empty when none is known
   * @param failure null when it was answered: on a client agent no server may be known or answer,
   *     and a node may not run yet, or not any more
   */
  record StatusAnswer(Optional<String> leader, List<String> peers, Failure failure) {}

  /**
   * @param failure null on success
   */
  record ConfigurationAnswer(List<Peer> servers, long index, Failure failure, String message) {}

  /**
   * @param lastIndex up to where its log is on its disk, as the leader knows; 0 elsewhere
   */
  record Peer(
      String id, String node, String address, boolean leader, boolean voter, long lastIndex) {}
}
