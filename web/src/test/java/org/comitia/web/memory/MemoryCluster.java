package org.comitia.web.memory;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.ServerHealth;
import org.comitia.cluster.Snapshot;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;

/**
 * A cluster of this JVM alone: the real state machine without a log. What a test sets into {@link
 * #failure} or {@link #unknown} is the answer to everything that needs a leader.
 */
@ApplicationScoped
public class MemoryCluster implements Cluster {
  private record Waiting<R extends QueryResult>(
      Read<R> read, CompletableFuture<ReadOutcome<R>> answer) {
    private boolean answered(StateVersion version) {
      R result = Queries.evaluate(read.query(), version);
      if (read.minIndex() == 0 || result.index() > read.minIndex()) {
        answer.complete(new ReadOutcome.Answer<>(result, true, 0, false));
      }
      return answer.isDone();
    }
  }

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final List<Waiting<?>> waiting = new ArrayList<>();
  private long index;
  private Failure failure;
  private String unknown;
  private boolean healthy = true;

  public synchronized void fail(Failure reason) {
    failure = reason;
  }

  /** Whether the server is shown to be at its best. */
  public synchronized void healthy(boolean shown) {
    healthy = shown;
  }

  /** Writes are applied, yet nobody hears of it. */
  public synchronized void loseAnswers(String message) {
    unknown = message;
  }

  @Override
  public synchronized CompletionStage<WriteOutcome> write(Caller caller, Command command) {
    if (failure != null) {
      return CompletableFuture.completedFuture(new WriteOutcome.NotApplied(failure, null));
    }
    index++;
    WriteOutcome outcome = new WriteOutcome.Applied(index, machine.apply(index, command));
    answerWaiting();
    return CompletableFuture.completedFuture(
        unknown == null ? outcome : new WriteOutcome.Unknown(unknown));
  }

  private void answerWaiting() {
    waiting.removeIf(read -> read.answered(machine.version()));
  }

  /** The only server is never removed. */
  @Override
  public synchronized CompletionStage<RemovalAnswer> removePeer(
      Caller caller, String id, String address) {
    String which = id.isEmpty() ? "address \"" + address : "id \"" + id;
    return CompletableFuture.completedFuture(
        new RemovalAnswer(
            failure == null ? Failure.REFUSED : failure,
            failure == null ? which + "\" was not found in the Raft configuration" : null));
  }

  /** One server, which leads. */
  @Override
  public synchronized CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
    if (failure != null) {
      return CompletableFuture.completedFuture(
          AutopilotAnswer.failed(failure, "No cluster leader"));
    }
    ServerHealth self =
        new ServerHealth(
            MemoryAgent.ID.toString(),
            "n1",
            "127.0.40.1:8300",
            Member.Status.ALIVE,
            "1.10.11",
            true,
            true,
            0,
            2,
            index,
            healthy,
            1_600_000_000_123L);
    return CompletableFuture.completedFuture(
        new AutopilotAnswer(machine.version().autopilot(), List.of(self), null, ""));
  }

  /** There is nobody else. */
  @Override
  public synchronized CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
    return CompletableFuture.completedFuture(
        new TransferAnswer(failure == null ? Failure.REFUSED : failure, "no other voter is there"));
  }

  @Override
  public synchronized <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    if (failure != null) {
      return CompletableFuture.completedFuture(new ReadOutcome.Failed<>(failure, null));
    }
    Waiting<R> wait = new Waiting<>(read, new CompletableFuture<>());
    if (wait.answered(machine.version())) {
      return wait.answer;
    }
    waiting.add(wait);
    R result = Queries.evaluate(read.query(), machine.version());
    ReadOutcome<R> answer = new ReadOutcome.Answer<>(result, true, 0, false);
    return wait.answer.completeOnTimeout(answer, read.maxWait().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Without a clock there is nothing to renew. */
  @Override
  public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    return CompletableFuture.completedFuture(AuthorizerAnswer.of(Unrestricted.INSTANCE));
  }

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session) {
    return read(
        new Read<>(
            Caller.ANONYMOUS,
            new Query.SessionGet(session),
            Read.Consistency.DEFAULT,
            0,
            Duration.ZERO,
            null));
  }

  @Override
  public synchronized CompletionStage<StatusAnswer> status() {
    boolean noServers = failure == Failure.NO_SERVERS;
    return CompletableFuture.completedFuture(
        new StatusAnswer(
            failure == null ? Optional.of("127.0.40.1:8300") : Optional.empty(),
            List.of("127.0.40.1:8300"),
            noServers ? failure : null));
  }

  @Override
  public synchronized CompletionStage<ConfigurationAnswer> configuration(
      Caller caller, boolean stale) {
    if (failure != null && !stale) {
      return CompletableFuture.completedFuture(
          new ConfigurationAnswer(List.of(), 0, failure, "No cluster leader"));
    }
    Peer self = new Peer(MemoryAgent.ID.toString(), "n1", "127.0.40.1:8300", true, true, index);
    return CompletableFuture.completedFuture(new ConfigurationAnswer(List.of(self), 1, null, null));
  }

  /** The bytes of what was restored last; null for nothing. */
  public volatile byte[] restored;

  /** Runs before a restoration is answered. */
  public volatile Runnable whileRestoring = () -> {};

  @Override
  public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    if (failure != null) {
      return CompletableFuture.completedFuture(RestoreAnswer.failed(failure, null));
    }
    try {
      restored = Files.readAllBytes(archive);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    whileRestoring.run();
    return CompletableFuture.completedFuture(new RestoreAnswer(7, null, ""));
  }

  /** Three pieces of bytes instead of an archive; with {@code stale} also without a leader. */
  @Override
  public synchronized CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
    if (failure != null && !stale) {
      return CompletableFuture.completedFuture(SnapshotAnswer.failed(failure, null));
    }
    Iterator<String> pieces = List.of("one", "two", "three").iterator();
    long at = index;
    Snapshot snapshot =
        new Snapshot() {
          @Override
          public long index() {
            return at;
          }

          @Override
          public byte[] next() {
            return pieces.hasNext() ? pieces.next().getBytes(StandardCharsets.UTF_8) : null;
          }
        };
    return CompletableFuture.completedFuture(
        new SnapshotAnswer(snapshot, failure == null, 0, null, null));
  }
}
