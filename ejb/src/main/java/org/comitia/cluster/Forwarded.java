package org.comitia.cluster;

import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Rule;
import org.comitia.raft.ServerId;
import org.comitia.state.QueryResult;

/**
 * What one agent asks another over the server port. A client asks any server; a server passes on to
 * the leader at most once ({@code hops}), so two servers that each take the other for the leader do
 * not play ball.
 *
 * @param <A> the answer
 */
public sealed interface Forwarded<A extends Forwarded.Answer> {
  /** How often this was passed on already: 0 from the agent that was asked by its client. */
  int hops();

  /**
   * On whose behalf it is asked, as far as anybody looks; {@link Caller#ANONYMOUS} for what agents
   * ask for themselves.
   */
  default Caller caller() {
    return Caller.ANONYMOUS;
  }

  /**
   * Tells an answer to it from one to another question.
   *
   * @return the answer; null when it answers something else
   */
  A own(Answer answer);

  /** Calls the method for its kind. */
  <R> R accept(Requests<R> requests);

  /** A case for each kind of request. */
  interface Requests<R> {
    R onWrite(Write write);

    <Q extends QueryResult> R onRead(ReadRequest<Q> request);

    R onRenew(Renew renew);

    R onReadIndex(ReadIndex request);

    R onStatus(StatusRequest request);

    R onConfiguration(ConfigurationRequest request);

    R onLeave(Leave leave);

    R onRemovePeer(RemovePeer removal);

    R onSnapshot(SnapshotRequest request);

    R onTransferLeader(TransferLeader request);

    R onAutopilot(AutopilotRequest request);

    R onResolveToken(ResolveToken request);
  }

  /**
   * @param command its bytes ({@code wire.Commands}), as the log will hold them: whoever passes it
   *     on does not look into it
   */
  record Write(int hops, Caller caller, byte[] command) implements Forwarded<WriteAnswer> {
    @Override
    public WriteAnswer own(Answer answer) {
      return answer instanceof WriteAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onWrite(this);
    }
  }

  record ReadRequest<R extends QueryResult>(int hops, Read<R> read)
      implements Forwarded<ReadAnswer<R>> {
    @Override
    public Caller caller() {
      return read.caller();
    }

    @Override
    public ReadAnswer<R> own(Answer answer) {
      return ReadAnswer.of(answer, read.query().result());
    }

    @Override
    public <T> T accept(Requests<T> requests) {
      return requests.onRead(this);
    }
  }

  /** Renews a session's TTL, which the leader keeps. */
  record Renew(int hops, Caller caller, String session)
      implements Forwarded<ReadAnswer<QueryResult.SessionList>> {
    @Override
    public ReadAnswer<QueryResult.SessionList> own(Answer answer) {
      return ReadAnswer.of(answer, QueryResult.SessionList.class);
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onRenew(this);
    }
  }

  /** Only for the leader: up to where must I have applied to answer a linearizable read? */
  record ReadIndex(int hops) implements Forwarded<ReadIndexAnswer> {
    @Override
    public ReadIndexAnswer own(Answer answer) {
      return answer instanceof ReadIndexAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onReadIndex(this);
    }
  }

  record StatusRequest(int hops) implements Forwarded<StatusReply> {
    @Override
    public StatusReply own(Answer answer) {
      return answer instanceof StatusReply own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onStatus(this);
    }
  }

  record ConfigurationRequest(int hops, Caller caller, boolean stale)
      implements Forwarded<ConfigurationReply> {
    @Override
    public ConfigurationReply own(Answer answer) {
      return answer instanceof ConfigurationReply own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onConfiguration(this);
    }
  }

  /**
   * Take me out of the configuration, if I am in it, and out of the catalog.
   *
   * @param server null for a client agent
   */
  record Leave(int hops, Caller caller, ServerId server, String nodeName, String nodeId)
      implements Forwarded<LeaveAnswer> {
    @Override
    public LeaveAnswer own(Answer answer) {
      return answer instanceof LeaveAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onLeave(this);
    }
  }

  /**
   * Take a server out of the configuration; its node stays in the catalog. The leader looks for it.
   *
   * @param id the server's node id; empty when {@code address} says which
   * @param address {@code ip:port}; empty when {@code id} says which
   */
  record RemovePeer(int hops, Caller caller, String id, String address)
      implements Forwarded<LeaveAnswer> {
    @Override
    public LeaveAnswer own(Answer answer) {
      return answer instanceof LeaveAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onRemovePeer(this);
    }
  }

  /**
   * The next chunk of a snapshot of the state, for a server whose log does not lead there. Any
   * server gives one of its own state, leader or not.
   *
   * @param index 0: of the newest state; else of the one that an earlier answer named, which is
   *     kept until nobody has asked for it for three minutes or for four others
   * @param cursor where that answer's chunk ended, some bytes more than a row's key; empty for the
   *     first
   */
  record SnapshotRequest(int hops, long index, byte[] cursor) implements Forwarded<SnapshotAnswer> {
    @Override
    public SnapshotAnswer own(Answer answer) {
      return answer instanceof SnapshotAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onSnapshot(this);
    }
  }

  /**
   * Hand leadership over. The leader does.
   *
   * @param id the node id of the server that is to lead; empty: whoever has the most of the log
   */
  record TransferLeader(int hops, Caller caller, String id) implements Forwarded<TransferAnswer> {
    @Override
    public TransferAnswer own(Answer answer) {
      return answer instanceof TransferAnswer own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onTransferLeader(this);
    }
  }

  /** How do the servers do, and what is set for that? The leader knows. */
  record AutopilotRequest(int hops, Caller caller) implements Forwarded<AutopilotReply> {
    @Override
    public AutopilotReply own(Answer answer) {
      return answer instanceof AutopilotReply own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onAutopilot(this);
    }
  }

  /** What may the caller do? For a client agent's own endpoints; any server answers. */
  record ResolveToken(int hops, Caller caller) implements Forwarded<TokenReply> {
    @Override
    public TokenReply own(Answer answer) {
      return answer instanceof TokenReply own ? own : null;
    }

    @Override
    public <R> R accept(Requests<R> requests) {
      return requests.onResolveToken(this);
    }
  }

  /** The answers, by the name of the question. */
  sealed interface Answer {
    /** Calls the method for its kind. */
    <R> R accept(Answers<R> answers);
  }

  /** A case for each kind of answer. */
  interface Answers<R> {
    R onWrite(WriteAnswer answer);

    R onRead(ReadAnswer<?> answer);

    R onReadIndex(ReadIndexAnswer answer);

    R onStatus(StatusReply answer);

    R onConfiguration(ConfigurationReply answer);

    R onLeave(LeaveAnswer answer);

    R onSnapshot(SnapshotAnswer answer);

    R onTransfer(TransferAnswer answer);

    R onAutopilot(AutopilotReply answer);

    R onToken(TokenReply answer);
  }

  record WriteAnswer(WriteOutcome outcome) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onWrite(this);
    }
  }

  record ReadAnswer<R extends QueryResult>(ReadOutcome<R> outcome) implements Answer {
    private static <R extends QueryResult> ReadAnswer<R> of(Answer answer, Class<R> result) {
      ReadOutcome<R> outcome =
          answer instanceof ReadAnswer<?> read ? read.outcome.as(result) : null;
      return outcome == null ? null : new ReadAnswer<>(outcome);
    }

    @Override
    public <T> T accept(Answers<T> answers) {
      return answers.onRead(this);
    }
  }

  /**
   * @param index -1: not the leader, or not any more
   */
  record ReadIndexAnswer(long index) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onReadIndex(this);
    }
  }

  record StatusReply(Cluster.StatusAnswer status) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onStatus(this);
    }
  }

  record ConfigurationReply(Cluster.ConfigurationAnswer configuration) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onConfiguration(this);
    }
  }

  /**
   * @param removedAt the index that the removal was committed at; -1: not removed, {@code reason}
   *     says why
   */
  record LeaveAnswer(long removedAt, String reason) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onLeave(this);
    }
  }

  /**
   * @param reason why leadership was not handed over; empty when another server leads
   */
  record TransferAnswer(String reason) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onTransfer(this);
    }
  }

  /**
   * What a token stands for; the secret does not go back.
   *
   * @param accessor empty for an unknown token, or when access is not kept there
   * @param rules all that count in this datacenter
   * @param defaultPolicy where none fits
   * @param expirationMillis since 1970; 0 for never
   */
  record TokenReply(String accessor, List<Rule> rules, Access defaultPolicy, long expirationMillis)
      implements Answer {
    /** Nobody knows it. */
    public static TokenReply unknown() {
      return new TokenReply("", List.of(), Access.DENY, 0);
    }

    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onToken(this);
    }
  }

  record AutopilotReply(Cluster.AutopilotAnswer autopilot) implements Answer {
    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onAutopilot(this);
    }
  }

  /**
   * One chunk of a snapshot: rows aim at 256 KiB; one row may make them larger, up to 2 MiB.
   *
   * @param point what the snapshot is of; null when there is none, {@code refusal} says why
   * @param stateBytes about how many bytes of memory that state takes
   * @param rows its next rows, as {@code SnapshotChunks} writes them
   * @param next where they end, for the next request; empty: these were the last
   * @param checksum CRC-32C of the index, the request's cursor, {@code rows} and {@code next}
   * @param digest with the last rows: the whole state's; else empty
   * @param confirmedAt the entry by which the giver's state was last found to be the cluster's; 0
   *     for never
   */
  record SnapshotAnswer(
      CatalogStore.Point point,
      long stateBytes,
      byte[] rows,
      byte[] next,
      int checksum,
      String digest,
      long confirmedAt,
      String refusal)
      implements Answer {
    /** There is no such snapshot here. */
    public static SnapshotAnswer refused(String why) {
      return new SnapshotAnswer(null, 0, new byte[0], new byte[0], 0, "", 0, why);
    }

    @Override
    public <R> R accept(Answers<R> answers) {
      return answers.onSnapshot(this);
    }
  }
}
