package org.comitia.consensus;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.config.AclSettings;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;
import org.comitia.wire.Commands;

/**
 * The cluster as a client agent sees it: every request goes to one of the live servers over its
 * server port. One that was surely not sent goes to the next server; a write whose outcome is
 * unknown goes nowhere.
 */
public final class ClientCluster implements Cluster, Delegate {
  private static final Duration WRITE_TIMEOUT = Transport.LONGEST_SHORT_REQUEST;
  private static final Duration READ_TIMEOUT = Transport.LONGEST_SHORT_REQUEST;
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(2);
  private static final String NO_ANSWER = "the server did not answer";

  private final String nodeName;
  private final UUID nodeId;
  private final Supplier<List<Member>> members;
  private final IntUnaryOperator random;
  private final Timers timers;
  private final LeaderRoute route;
  private final long holdNanos;
  private final TokenCache tokens;

  private record Waiting<R extends QueryResult>(
      Read<R> read, CompletableFuture<ReadOutcome<R>> outcome) {
    /**
     * @param answer to the same query
     */
    void complete(ReadOutcome<?> answer) {
      outcome.complete(answer.as(read.query().result()));
    }
  }

  /** Blocking reads under way at a server. */
  private final Set<Waiting<?>> waiting = ConcurrentHashMap.newKeySet();

  private volatile boolean ending;

  /** The server that answered last; it stays the choice while it answers. */
  private volatile String preferred = "";

  public ClientCluster(
      String nodeName,
      UUID nodeId,
      Supplier<List<Member>> members,
      Transport transport,
      Executor executor,
      Duration hold,
      AclSettings acl) {
    this(
        nodeName,
        nodeId,
        members,
        transport,
        executor,
        hold,
        acl,
        System::nanoTime,
        bound -> ThreadLocalRandom.current().nextInt(bound));
  }

  /**
   * @param acl how access is kept
   * @param clock monotonic nanoseconds
   * @param random a number from 0 to below its argument
   */
  public ClientCluster(
      String nodeName,
      UUID nodeId,
      Supplier<List<Member>> members,
      Transport transport,
      Executor executor,
      Duration hold,
      AclSettings acl,
      LongSupplier clock,
      IntUnaryOperator random) {
    this.nodeName = nodeName;
    this.nodeId = nodeId;
    this.members = members;
    this.random = random;
    this.timers = new Timers(clock);
    this.route = new LeaderRoute(new LiveServers(), transport, timers, executor, () -> "");
    this.holdNanos = hold.toNanos();
    this.tokens = new TokenCache(acl, this::ask, clock, System::currentTimeMillis);
  }

  @Override
  public CompletionStage<WriteOutcome> write(Caller caller, Command command) {
    byte[] data;
    try {
      data = Commands.encode(command);
    } catch (IllegalArgumentException tooLarge) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.REFUSED, tooLarge.getMessage()));
    }
    CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.Write(0, caller, data),
        WRITE_TIMEOUT,
        false,
        answer -> outcome.complete(answer.outcome()),
        reason -> outcome.complete(new WriteOutcome.Unknown(Texts.unknown(reason))),
        failure -> outcome.complete(new WriteOutcome.NotApplied(failure, text(failure))));
    return outcome;
  }

  @Override
  public <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    if (read.minIndex() <= 0) {
      return read(new Forwarded.ReadRequest<>(0, read), READ_TIMEOUT);
    }
    CompletableFuture<ReadOutcome<R>> outcome = new CompletableFuture<>();
    Waiting<R> blocked = new Waiting<>(read, outcome);
    waiting.add(blocked);
    outcome.whenComplete((answer, problem) -> waiting.remove(blocked));
    if (ending) { // looked at after it was added: answerWaiting() finds it, or this does
      readNow(read).thenAccept(outcome::complete);
    } else {
      Duration timeout = READ_TIMEOUT.plus(read.maxWait());
      read(new Forwarded.ReadRequest<>(0, read), timeout).thenAccept(outcome::complete);
    }
    return outcome;
  }

  @Override
  public Optional<ConsensusServer> server() {
    return Optional.empty();
  }

  @Override
  public Cluster cluster() {
    return this;
  }

  /** Blocking reads are answered with what is there, which a server is asked for. */
  @Override
  public void answerWaiting() {
    ending = true;
    route.end();
    Map<Read<?>, CompletionStage<? extends ReadOutcome<?>>> answers = new HashMap<>();
    for (Waiting<?> blocked : waiting) {
      answers
          .computeIfAbsent(now(blocked.read()), read -> readNow(read))
          .thenAccept(blocked::complete);
    }
  }

  private <R extends QueryResult> CompletionStage<ReadOutcome<R>> readNow(Read<R> read) {
    return read(new Forwarded.ReadRequest<>(0, now(read)), STATUS_TIMEOUT);
  }

  private static <R extends QueryResult> Read<R> now(Read<R> read) {
    return new Read<>(
        read.caller(), read.query(), read.consistency(), 0, Duration.ZERO, read.maxStale());
  }

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session) {
    return read(new Forwarded.Renew(0, caller, session), READ_TIMEOUT);
  }

  private <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(
      Forwarded<Forwarded.ReadAnswer<R>> request, Duration timeout) {
    CompletableFuture<ReadOutcome<R>> outcome = new CompletableFuture<>();
    ask(
        request,
        timeout,
        true,
        answer -> outcome.complete(answer.outcome()),
        reason -> outcome.complete(new ReadOutcome.Failed<>(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> outcome.complete(new ReadOutcome.Failed<>(failure, text(failure))));
    return outcome;
  }

  @Override
  public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    return tokens.authorizer(caller);
  }

  private void ask(
      Forwarded.ResolveToken request,
      Consumer<Forwarded.TokenReply> answered,
      Consumer<AuthorizerAnswer> failed) {
    ask(
        request,
        STATUS_TIMEOUT,
        true,
        answered,
        reason -> failed.accept(AuthorizerAnswer.failed(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> failed.accept(AuthorizerAnswer.failed(failure, text(failure))));
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    CompletableFuture<StatusAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.StatusRequest(0),
        STATUS_TIMEOUT,
        true,
        answer -> outcome.complete(answer.status()),
        reason -> outcome.complete(noStatus(Failure.UNAVAILABLE)),
        failure -> outcome.complete(noStatus(failure)));
    return outcome;
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale) {
    CompletableFuture<ConfigurationAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.ConfigurationRequest(0, caller, stale),
        READ_TIMEOUT,
        true,
        answer -> outcome.complete(answer.configuration()),
        reason -> outcome.complete(failed(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> outcome.complete(failed(failure, text(failure))));
    return outcome;
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address) {
    CompletableFuture<RemovalAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.RemovePeer(0, caller, id, address),
        READ_TIMEOUT,
        false, // a second one would not find what the first has removed
        answer -> outcome.complete(ServerCluster.removalAnswer(answer)),
        reason -> outcome.complete(new RemovalAnswer(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> outcome.complete(new RemovalAnswer(failure, text(failure))));
    return outcome;
  }

  @Override
  public CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
    CompletableFuture<TransferAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.TransferLeader(0, caller, id),
        READ_TIMEOUT,
        false, // a second one would have the next leader hand over as well
        answer -> outcome.complete(ServerCluster.transferAnswer(answer)),
        reason -> outcome.complete(new TransferAnswer(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> outcome.complete(new TransferAnswer(failure, text(failure))));
    return outcome;
  }

  @Override
  public CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
    CompletableFuture<AutopilotAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.AutopilotRequest(0, caller),
        READ_TIMEOUT,
        true,
        answer -> outcome.complete(answer.autopilot()),
        reason -> outcome.complete(AutopilotAnswer.failed(Failure.UNAVAILABLE, NO_ANSWER)),
        failure -> outcome.complete(AutopilotAnswer.failed(failure, text(failure))));
    return outcome;
  }

  @Override
  public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    return CompletableFuture.completedFuture(
        RestoreAnswer.failed(
            Failure.REFUSED,
            "COM4050: a client agent does not restore: ask a server, on its HTTP port (comitia"
                + " snapshot restore -http-addr=SERVER:8500 FILE). Servers: "
                + hosts()));
  }

  private String hosts() {
    String hosts =
        servers().stream()
            .map(address -> address.substring(0, Math.max(0, address.lastIndexOf(':'))))
            .sorted()
            .collect(Collectors.joining(", "));
    return hosts.isEmpty() ? "none is known here" : hosts;
  }

  @Override
  public CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
    return CompletableFuture.completedFuture(
        SnapshotAnswer.failed(
            Failure.REFUSED,
            "COM4041: a client agent has no state to save: ask a server, on its HTTP port (comitia"
                + " snapshot save -http-addr=SERVER:8500 FILE). Servers: "
                + hosts()));
  }

  @Override
  public String leave(Caller own, Duration limit) throws InterruptedException {
    CompletableFuture<Forwarded.LeaveAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.Leave(0, own, null, nodeName, nodeId.toString()),
        limit,
        true,
        outcome::complete,
        reason -> outcome.complete(new Forwarded.LeaveAnswer(-1, NO_ANSWER)),
        failure -> outcome.complete(new Forwarded.LeaveAnswer(-1, text(failure))));
    try {
      Forwarded.LeaveAnswer answer = outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return answer.removedAt() >= 0 ? null : answer.reason();
    } catch (TimeoutException e) {
      return "no answer from a server within " + limit.toSeconds() + " s";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause().getMessage());
    }
  }

  @Override
  public CompletionStage<String> remove(Caller caller, Member member) {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    ask(
        Servers.leave(caller, member),
        READ_TIMEOUT,
        true,
        answer -> outcome.complete(Servers.problem(answer)),
        reason -> outcome.complete(NO_ANSWER),
        failure -> outcome.complete(text(failure)));
    return outcome;
  }

  /** To be called every 10 to 20 ms on a managed thread: passes deadlines. */
  public void passDeadlines() {
    timers.run(timers.now());
    route.sweep(!servers().isEmpty());
  }

  /**
   * @param repeatable whether it may be asked again when it is not known what became of it
   * @param unknown gets why it is not known
   * @param fail it was not carried out
   */
  private <A extends Forwarded.Answer> void ask(
      Forwarded<A> request,
      Duration timeout,
      boolean repeatable,
      Consumer<A> then,
      Consumer<String> unknown,
      Consumer<Failure> fail) {
    route.send(
        new Question<>(request, timeout, repeatable, then, unknown, fail),
        0,
        timers.now() + holdNanos);
  }

  /** What a server is asked; its answer is final, since it holds the request itself. */
  private record Question<A extends Forwarded.Answer>(
      Forwarded<A> request,
      Duration timeout,
      boolean repeatable,
      Consumer<A> then,
      Consumer<String> noAnswer,
      Consumer<Failure> failed)
      implements LeaderRoute.Errand<A> {
    @Override
    public void lead(Runnable again) {
      throw new IllegalStateException("a client agent leads nothing");
    }

    @Override
    public boolean answered(A answer) {
      then.accept(answer);
      return true;
    }

    @Override
    public boolean unknown(String reason, boolean over) {
      if (repeatable && !over) {
        return false;
      }
      noAnswer.accept(reason);
      return true;
    }

    @Override
    public void fail(Failure failure) {
      failed.accept(failure);
    }
  }

  /** The live servers; the one that answered last first, each of the others as likely. */
  private final class LiveServers implements LeaderRoute.Places {
    @Override
    public LeaderRoute.Place next(int hops, List<String> tried) {
      List<String> servers = servers();
      if (servers.isEmpty()) {
        return LeaderRoute.Place.nowhere(Failure.NO_SERVERS);
      }
      servers.removeAll(tried);
      return servers.isEmpty()
          ? LeaderRoute.Place.nowhere(Failure.NO_LEADER)
          : LeaderRoute.Place.at(choose(servers));
    }

    @Override
    public void heard(String address, boolean answered) {
      preferred = answered ? address : "";
    }
  }

  private String choose(List<String> servers) {
    String last = preferred;
    return servers.contains(last) ? last : servers.get(random.applyAsInt(servers.size()));
  }

  private List<String> servers() {
    List<String> addresses = new ArrayList<>();
    for (Member member : members.get()) {
      if (member.isServer() && member.isAlive()) {
        addresses.add(member.serverAddress());
      }
    }
    return addresses;
  }

  private static StatusAnswer noStatus(Failure failure) {
    return new StatusAnswer(Optional.empty(), List.of(), failure);
  }

  private static ConfigurationAnswer failed(Failure failure, String message) {
    return new ConfigurationAnswer(List.of(), 0, failure, message);
  }

  private static String text(Failure failure) {
    return failure == Failure.NO_SERVERS ? Texts.NO_SERVERS : Texts.NO_LEADER;
  }
}
