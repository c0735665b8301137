package org.comitia.consensus;

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
import java.util.function.Supplier;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.wire.Commands;

/**
 * The cluster as a client agent sees it: every request goes to one of the live servers over its
 * server port. One that was surely not sent goes to the next server; a write whose outcome is
 * unknown goes nowhere.
 */
public final class ClientCluster implements Cluster {
  private static final Duration WRITE_TIMEOUT = Transport.LONGEST_SHORT_REQUEST;
  private static final Duration READ_TIMEOUT = Transport.LONGEST_SHORT_REQUEST;
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(2);
  private static final long RETRY_NANOS = 100_000_000L;
  private static final String NO_ANSWER = "the server did not answer";

  private final Supplier<List<Member>> members;
  private final Transport transport;
  private final Timers timers = new Timers();
  private final Executor executor;
  private final long holdNanos;

  private record Waiting(Read read, CompletableFuture<ReadOutcome> outcome) {}

  /** Blocking reads under way at a server. */
  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();

  private volatile boolean ending;

  /** The server that answered last; it stays the choice while it answers. */
  private volatile String preferred = "";

  public ClientCluster(
      Supplier<List<Member>> members, Transport transport, Executor executor, Duration hold) {
    this.members = members;
    this.transport = transport;
    this.executor = executor;
    this.holdNanos = hold.toNanos();
  }

  @Override
  public CompletionStage<WriteOutcome> write(Command command) {
    try {
      Commands.encode(command);
    } catch (IllegalArgumentException tooLarge) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.REFUSED, tooLarge.getMessage()));
    }
    CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.Write(0, command),
        WRITE_TIMEOUT,
        answer -> outcome.complete(ServerCluster.writeOutcome(answer)),
        failure -> outcome.complete(new WriteOutcome.NotApplied(failure, text(failure))),
        false);
    return outcome;
  }

  @Override
  public CompletionStage<ReadOutcome> read(Read read) {
    if (read.minIndex() <= 0) {
      return read(new Forwarded.ReadRequest(0, read), READ_TIMEOUT);
    }
    CompletableFuture<ReadOutcome> outcome = new CompletableFuture<>();
    Waiting blocked = new Waiting(read, outcome);
    waiting.add(blocked);
    outcome.whenComplete((answer, problem) -> waiting.remove(blocked));
    if (ending) { // looked at after it was added: answerWaiting() finds it, or this does
      readNow(read).thenAccept(outcome::complete);
    } else {
      Duration timeout = READ_TIMEOUT.plus(read.maxWait());
      read(new Forwarded.ReadRequest(0, read), timeout).thenAccept(outcome::complete);
    }
    return outcome;
  }

  /**
   * This agent is about to stop: blocking reads are answered with what is there, which a server is
   * asked for, and nothing waits for a server any more. Returns at once.
   */
  public void answerWaiting() {
    ending = true;
    Map<Read, List<CompletableFuture<ReadOutcome>>> alike = new HashMap<>();
    for (Waiting blocked : waiting) {
      alike.computeIfAbsent(now(blocked.read()), any -> new ArrayList<>()).add(blocked.outcome());
    }
    alike.forEach(
        (read, outcomes) ->
            readNow(read)
                .thenAccept(answer -> outcomes.forEach(outcome -> outcome.complete(answer))));
  }

  private CompletionStage<ReadOutcome> readNow(Read read) {
    return read(new Forwarded.ReadRequest(0, now(read)), STATUS_TIMEOUT);
  }

  private static Read now(Read read) {
    return new Read(read.query(), read.consistency(), 0, Duration.ZERO, read.maxStale());
  }

  @Override
  public CompletionStage<ReadOutcome> renew(String session) {
    return read(new Forwarded.Renew(0, session), READ_TIMEOUT);
  }

  private CompletionStage<ReadOutcome> read(
      Forwarded<Forwarded.ReadAnswer> request, Duration timeout) {
    CompletableFuture<ReadOutcome> outcome = new CompletableFuture<>();
    ask(
        request,
        timeout,
        answer ->
            outcome.complete(
                given(answer)
                    .map(Forwarded.ReadAnswer::outcome)
                    .orElse(new ReadOutcome.Failed(Failure.UNAVAILABLE, NO_ANSWER))),
        failure -> outcome.complete(new ReadOutcome.Failed(failure, text(failure))),
        true);
    return outcome;
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    CompletableFuture<StatusAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.StatusRequest(0),
        STATUS_TIMEOUT,
        answer ->
            outcome.complete(
                given(answer)
                    .map(Forwarded.StatusReply::status)
                    .orElse(new StatusAnswer(Optional.empty(), List.of(), Failure.UNAVAILABLE))),
        failure -> outcome.complete(new StatusAnswer(Optional.empty(), List.of(), failure)),
        true);
    return outcome;
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(boolean stale) {
    CompletableFuture<ConfigurationAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.ConfigurationRequest(0, stale),
        READ_TIMEOUT,
        answer ->
            outcome.complete(
                given(answer)
                    .map(Forwarded.ConfigurationReply::configuration)
                    .orElse(failed(Failure.UNAVAILABLE, NO_ANSWER))),
        failure -> outcome.complete(failed(failure, text(failure))),
        true);
    return outcome;
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(String id, String address) {
    CompletableFuture<RemovalAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.RemovePeer(0, id, address),
        READ_TIMEOUT,
        answer ->
            outcome.complete(
                given(answer)
                    .map(ServerCluster::removalAnswer)
                    .orElse(new RemovalAnswer(Failure.UNAVAILABLE, NO_ANSWER))),
        failure -> outcome.complete(new RemovalAnswer(failure, text(failure))),
        false); // a second one would not find what the first has removed
    return outcome;
  }

  /**
   * Asks the servers to take this client out of the catalog. Blocks at most {@code limit}.
   *
   * @return null when it is out, else why not
   */
  public String leave(String nodeName, UUID nodeId, Duration limit) throws InterruptedException {
    CompletableFuture<Forwarded.LeaveAnswer> outcome = new CompletableFuture<>();
    ask(
        new Forwarded.Leave(0, null, nodeName, nodeId.toString()),
        limit,
        answer ->
            outcome.complete(
                given(answer).orElse(new Forwarded.LeaveAnswer(-1, NO_ANSWER))),
        failure -> outcome.complete(new Forwarded.LeaveAnswer(-1, text(failure))),
        true);
    try {
      Forwarded.LeaveAnswer answer = outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return answer.removedAt() >= 0 ? null : answer.reason();
    } catch (TimeoutException e) {
      return "no answer from a server within " + limit.toSeconds() + " s";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause().getMessage());
    }
  }

  /**
   * Removes a failed server for good, because a person says so.
   *
   * @return completes with null when it is out, else with the reason
   */
  public CompletionStage<String> remove(Member member) {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    ask(
        Servers.leave(member),
        READ_TIMEOUT,
        answer ->
            outcome.complete(
                Servers.problem(given(answer).orElse(new Forwarded.LeaveAnswer(-1, NO_ANSWER)))),
        failure -> outcome.complete(text(failure)),
        true);
    return outcome;
  }

  /** To be called every 10 to 20 ms on a managed thread: passes deadlines. */
  public void passDeadlines() {
    timers.run(System.nanoTime());
  }

  private static <A> Optional<A> given(Reply<A> reply) {
    return reply.match(Optional::of, notSent -> Optional.empty(), unknown -> Optional.empty());
  }

  private <A extends Forwarded.Answer> void ask(
      Forwarded<A> request,
      Duration timeout,
      Consumer<Reply<A>> then,
      Consumer<Failure> fail,
      boolean repeatable) {
    attempt(request, timeout, System.nanoTime() + holdNanos, List.of(), then, fail, repeatable);
  }

  /**
   * @param tried servers that could not be reached in this round
   */
  private <A extends Forwarded.Answer> void attempt(
      Forwarded<A> request,
      Duration timeout,
      long until,
      List<String> tried,
      Consumer<Reply<A>> then,
      Consumer<Failure> fail,
      boolean repeatable) {
    List<String> servers = servers();
    if (servers.isEmpty()) {
      fail.accept(Failure.NO_SERVERS);
      return;
    }
    servers.removeAll(tried);
    if (servers.isEmpty()) {
      if (ending || System.nanoTime() - until >= 0) {
        fail.accept(Failure.NO_LEADER);
      } else {
        timers.at(
            System.nanoTime() + RETRY_NANOS,
            () ->
                executor.execute(
                    () -> attempt(request, timeout, until, List.of(), then, fail, repeatable)));
      }
      return;
    }
    String address = choose(servers);
    transport
        .request(address, request, timeout)
        .thenAcceptAsync(
            answer -> {
              boolean elsewhere =
                  answer.match(given -> false, notSent -> true, unknown -> repeatable);
              if (elsewhere && System.nanoTime() - until < 0) {
                preferred = "";
                List<String> more = new ArrayList<>(tried);
                more.add(address);
                attempt(request, timeout, until, more, then, fail, repeatable);
              } else {
                preferred = given(answer).isPresent() ? address : "";
                then.accept(answer);
              }
            },
            executor);
  }

  private String choose(List<String> servers) {
    String last = preferred;
    return servers.contains(last)
        ? last
        : servers.get(ThreadLocalRandom.current().nextInt(servers.size()));
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

  private static ConfigurationAnswer failed(Failure failure, String message) {
    return new ConfigurationAnswer(List.of(), 0, failure, message);
  }

  private static String text(Failure failure) {
    return failure == Failure.NO_SERVERS ? Texts.NO_SERVERS : Texts.NO_LEADER;
  }
}
