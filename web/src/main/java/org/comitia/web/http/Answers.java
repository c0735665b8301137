package org.comitia.web.http;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ContextServiceDefinition;
import jakarta.enterprise.concurrent.ManagedExecutorDefinition;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorDefinition;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import org.comitia.access.Authorizer;
import org.comitia.agent.Agent;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.CommandRules;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;

/** Asks the cluster and turns what it says into answers. No thread waits. */
@ApplicationScoped
@ContextServiceDefinition(
    name = "java:module/concurrent/bare",
    propagated = {},
    cleared = {},
    unchanged = ContextServiceDefinition.ALL_REMAINING)
@ManagedExecutorDefinition(
    name = "java:module/concurrent/answers",
    context = "java:module/concurrent/bare",
    maxAsync = 64)
@ManagedScheduledExecutorDefinition(
    name = "java:module/concurrent/waits",
    context = "java:module/concurrent/bare",
    maxAsync = 2)
public class Answers {
  /** Tells that something is left out that the caller may not see. */
  public static final String FILTERED = "X-Consul-Results-Filtered-By-ACLs";

  /** How many large answers wait to be compressed at most: they are in memory as a whole. */
  private static final int MAX_COMPRESSIONS = 8;

  private Cluster cluster;
  private Agent agent;
  private Executor executor;
  private ScheduledExecutorService timers;
  private final SharedReplies shared = new SharedReplies();
  private final Semaphore compressions = new Semaphore(MAX_COMPRESSIONS);
  private HttpOptions options = HttpOptions.DEFAULT;

  /** For the container's proxy. */
  protected Answers() {}

  @Inject
  public Answers(Cluster cluster, Agent agent) {
    this.cluster = cluster;
    this.agent = agent;
  }

  /** Answers on these threads. */
  public Answers(Cluster cluster, Agent agent, Executor executor) {
    this(cluster, agent);
    this.executor = new AnswerThreads(executor);
  }

  @PostConstruct
  void configure() {
    options = HttpOptions.deployed();
  }

  @Resource(lookup = "java:module/concurrent/answers")
  void setExecutor(ManagedExecutorService executor) {
    this.executor = new AnswerThreads(executor);
  }

  @Resource(lookup = "java:module/concurrent/waits")
  void setTimers(ManagedScheduledExecutorService timers) {
    this.timers = timers;
  }

  /** Which headers tell about a read. */
  public enum Metadata {
    /** Index, leader and last contact, none on errors, as Consul's KV. */
    PLAIN,
    /** The same, and defaults on errors, as Consul's sessions. */
    ON_ERRORS_TOO,
    /** Also the consistency, and defaults on errors, as Consul's catalog and health. */
    WITH_CONSISTENCY
  }

  /**
   * Reads.
   *
   * @param render makes the answer; its headers are added here
   * @throws Refusal when the parameters are wrong
   */
  public <R extends QueryResult> CompletionStage<Reply> read(
      Call call, Query<R> query, Metadata metadata, Function<R, Reply> render) {
    ReadOptions read = readOptions(call);
    requireOurDatacenter(call.query().get("dc"));
    return later(
        call,
        cluster.read(read.read(call, query)),
        outcome -> AgentCache.told(call, answer(call, read, metadata, render, outcome)));
  }

  private static <R extends QueryResult> Reply answer(
      Call call,
      ReadOptions options,
      Metadata metadata,
      Function<R, Reply> render,
      ReadOutcome<R> outcome) {
    return outcome.match(
        answer -> {
          Reply reply =
              describe(
                  render.apply(answer.result()),
                  Math.max(1, answer.result().index()),
                  answer.knownLeader(),
                  Math.max(0, answer.lastContactMillis()));
          if (answer.filtered()) {
            reply.header(FILTERED, "true");
          }
          return metadata != Metadata.WITH_CONSISTENCY
              ? reply
              : reply.header("X-Consul-Effective-Consistency", options.effectiveConsistency());
        },
        failed -> {
          Reply reply = Outcomes.failed(call, failed.failure(), failed.message());
          return metadata == Metadata.PLAIN ? reply : describe(reply, 1, false, 0);
        });
  }

  /**
   * What a request says about reading.
   *
   * @throws Refusal 400 with Consul's text
   */
  public ReadOptions readOptions(Call call) {
    return ReadOptions.of(call, options);
  }

  /**
   * Asks for what a request is about before it is carried out, or after.
   *
   * @return fails with a {@link Refusal} when there is no answer
   */
  public <R extends QueryResult> CompletionStage<R> ask(Call call, Query<R> query) {
    return ask(call, call.caller(), query);
  }

  /** The same on behalf of somebody else. */
  public <R extends QueryResult> CompletionStage<R> ask(Call call, Caller caller, Query<R> query) {
    Read<R> read = new Read<>(caller, query, Read.Consistency.DEFAULT, 0, Duration.ZERO, null);
    return cluster
        .read(read)
        .thenApplyAsync(
            outcome ->
                outcome.match(
                    ReadOutcome.Answer::result,
                    failed -> {
                      Reply reply = Outcomes.failed(call, failed.failure(), failed.message());
                      throw new Refusal(
                          reply.status(), new String(reply.body(), StandardCharsets.UTF_8));
                    }),
            executor);
  }

  /**
   * For what can be waited for by its hash.
   *
   * @param changed gives a stage that completes at the next change of anything that is shown
   */
  public HashBlocking hashBlocking(Supplier<? extends CompletionStage<?>> changed) {
    return new HashBlocking(
        changed, agent.ending(), call -> ReadOptions.wait(call, options), executor, timers);
  }

  /**
   * Reads for the catalog and health endpoints: an error of 500 carries a read's headers as well,
   * as Consul's do.
   *
   * @param prepare checks the request and gives what makes the answer
   * @throws Refusal 400 when the parameters are wrong
   */
  public <R extends QueryResult> Answer discover(
      Call call, Query<R> query, Supplier<Function<R, Json.Body>> prepare) {
    return discover(call, query, Metadata.WITH_CONSISTENCY, prepare);
  }

  /**
   * The same for what {@code ?near=} sorts.
   *
   * @param prepare checks the request and gives what makes the answer
   */
  public <R extends QueryResult> Answer discoverNear(
      Call call, Query<R> query, Function<Near, Function<R, Json.Body>> prepare) {
    String node = call.query().get("near");
    if (node.isEmpty() || !isWellFormed(call, prepare)) {
      return discover(call, query, () -> prepare.apply(Near.NONE));
    }
    return new Answer(
        near(call, node)
            .thenCompose(near -> discover(call, query, () -> prepare.apply(near)).reply()));
  }

  /**
   * What sorts by the distance from a node.
   *
   * @param call on whose behalf: what it may not see is unsorted
   * @param node a name, {@code _agent} for this node, or empty for no order
   */
  public CompletionStage<Near> near(Call call, String node) {
    if (node.isEmpty()) {
      return CompletableFuture.completedFuture(Near.NONE);
    }
    Read<QueryResult.CoordinateList> coordinates =
        new Read<>(
            call.caller(), new Query.Coordinates(), Read.Consistency.STALE, 0, Duration.ZERO, null);
    return cluster.read(coordinates).thenApplyAsync(outcome -> near(node, outcome), executor);
  }

  /** What is wrong with a request is said before anybody is asked. */
  private boolean isWellFormed(Call call, Function<Near, ?> prepare) {
    try {
      prepare.apply(Near.NONE);
      readOptions(call);
      requireOurDatacenter(call.query().get("dc"));
      return true;
    } catch (Refusal refusal) {
      return false;
    }
  }

  /** Unsorted is better than no answer. */
  private Near near(String node, ReadOutcome<QueryResult.CoordinateList> outcome) {
    String from = node.equals("_agent") ? agent.nodeName() : node;
    return outcome.match(
        answer -> new Near(from, answer.result().coordinates()), failed -> Near.NONE);
  }

  /** The same with other headers. */
  public <R extends QueryResult> Answer discover(
      Call call, Query<R> query, Metadata metadata, Supplier<Function<R, Json.Body>> prepare) {
    try {
      Function<R, Json.Body> body = prepare.get();
      return new Answer(
          read(
              call,
              query,
              metadata,
              result -> shared.of(call, result, () -> Reply.json(call, body.apply(result)))));
    } catch (Refusal refusal) {
      if (refusal.status() != 500) {
        throw refusal;
      }
      return Answer.of(describe(Outcomes.refused(call, refusal), 1, false, 0));
    }
  }

  private static Reply describe(Reply reply, long index, boolean knownLeader, long lastContact) {
    return reply
        .header("X-Consul-Index", Long.toString(index))
        .header("X-Consul-KnownLeader", knownLeader ? "true" : "false")
        .header("X-Consul-LastContact", Long.toString(lastContact))
        .header("X-Consul-Query-Backend", "blocking-query");
  }

  /**
   * Writes; the answer is {@code true} or {@code false}.
   *
   * @throws Refusal 500 with Consul's text when the command could never be applied; 400 when it is
   *     over a bound of this project's
   */
  public CompletionStage<Reply> write(Call call, Command command) {
    return write(call, command, "");
  }

  /**
   * The same.
   *
   * @param failed what the text of a command begins with that could not be applied
   */
  public CompletionStage<Reply> write(Call call, Command command, String failed) {
    return write(call, command, failed, result -> trueOrFalse(call, result));
  }

  private static Reply trueOrFalse(Call call, CommandResult result) {
    return Reply.json(call, out -> out.writeBoolean(((CommandResult.Done) result).value()));
  }

  /**
   * Writes.
   *
   * @param failed what the text of a command begins with that could not be applied
   * @param render makes the answer of one that was
   * @throws Refusal 500 with Consul's text when the command could never be applied; 400 when it is
   *     over a bound of this project's
   */
  public CompletionStage<Reply> write(
      Call call, Command command, String failed, Function<CommandResult, Reply> render) {
    String excess = CommandRules.excess(command);
    if (excess != null) {
      throw Refusal.badRequest(excess);
    }
    String refusal = CommandRules.refusal(command);
    if (refusal != null) {
      throw Refusal.error(refusal);
    }
    return later(
        call,
        cluster.write(call.caller(), command),
        outcome -> answer(call, outcome, failed, audited(call, command, render)));
  }

  /** A change of access is told to the audit log once it is in force. */
  private Function<CommandResult, Reply> audited(
      Call call, Command command, Function<CommandResult, Reply> render) {
    String change = AuditLog.change(command);
    if (change == null) {
      return render;
    }
    return result -> {
      authorizer(call.visitor())
          .thenAccept(
              known ->
                  AuditLog.changed(
                      call,
                      known.authorizer() == null ? "" : known.authorizer().accessor(),
                      change));
      return render.apply(result);
    };
  }

  private static Reply answer(
      Call call, WriteOutcome outcome, String prefix, Function<CommandResult, Reply> render) {
    return outcome.match(
        applied -> applied.result().match(render, failed -> failed(call, prefix, failed), render),
        not -> Outcomes.failed(call, not.failure(), not.message()),
        unknown -> Outcomes.unknown(call, unknown));
  }

  private static Reply failed(Call call, String prefix, CommandResult.Failed failed) {
    RequestLog.error(call, prefix + failed.message());
    return Reply.text(500, prefix + failed.message());
  }

  /**
   * Turns an outcome into an answer: at once when it is there. What the engine completes on its
   * threads for short work (see {@link Cluster}) is rendered there, and compressed if it is small
   * or if many large answers are being compressed already; anything else on our executor.
   */
  public <T> CompletionStage<Reply> later(
      Call call, CompletionStage<T> outcome, Function<T, Reply> render) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    boolean done = outcome.toCompletableFuture().isDone();
    outcome.whenComplete(
        (value, problem) -> {
          if (done) {
            reply.complete(compressed(call, rendered(call, value, problem, render)));
          } else if (value instanceof WriteOutcome.Applied
              || value instanceof ReadOutcome.Answer<?>) {
            Reply made = rendered(call, value, problem, render);
            if (made.isSoonCompressed() || !compressions.tryAcquire()) {
              reply.complete(compressed(call, made));
            } else {
              executor.execute(() -> reply.complete(compressedInTurn(call, made)));
            }
          } else {
            executor.execute(
                () -> reply.complete(compressed(call, rendered(call, value, problem, render))));
          }
        });
    return reply;
  }

  private static <T> Reply rendered(
      Call call, T value, Throwable problem, Function<T, Reply> render) {
    if (problem != null) {
      return Outcomes.broken(call, problem);
    }
    try {
      return Objects.requireNonNull(render.apply(value));
    } catch (RuntimeException | Error e) { // a large answer that finds no memory is an Error
      return Outcomes.broken(call, e);
    }
  }

  private static Reply compressed(Call call, Reply made) {
    try {
      return made.compressed();
    } catch (RuntimeException | Error e) { // as before
      return Outcomes.broken(call, e);
    }
  }

  private Reply compressedInTurn(Call call, Reply made) {
    try {
      return compressed(call, made);
    } finally {
      compressions.release();
    }
  }

  /** Runs what may block on a client's socket; never throws. */
  public void execute(Runnable send) {
    executor.execute(send);
  }

  /**
   * Sends an answer and ends its request; no thread is held until it comes. What is small enough
   * for a socket's buffer is handed over by the thread that brings it, anything else by one of
   * ours.
   */
  public void send(
      Call call, Answer answer, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    CompletableFuture<Reply> coming =
        answer
            .reply()
            .handle((reply, problem) -> given(call, reply, problem))
            .toCompletableFuture();
    // An error as well: on the request's own thread, while later ones may come on the engine's.
    if (coming.isDone() && coming.join().fitsASocketsBuffer()) {
      coming.join().writeTo(response);
      return;
    }
    AsyncContext async = request.startAsync();
    // The cluster bounds the time itself; a blocking read may take more than ten minutes.
    async.setTimeout(0);
    coming.thenAccept(
        reply -> {
          if (reply.isSentAtOnce()) {
            send(call, reply, async, response);
          } else {
            executor.execute(() -> send(call, reply, async, response));
          }
        });
  }

  private static Reply given(Call call, Reply reply, Throwable problem) {
    return problem == null ? compressed(call, reply) : Outcomes.thrown(call, problem);
  }

  private static void send(
      Call call, Reply reply, AsyncContext async, HttpServletResponse response) {
    reply.sendTo(async, response, gone -> RequestLog.gone(call, gone));
  }

  /**
   * @throws Refusal 401 with Consul's text where nobody keeps access
   */
  public void requireAccessControl() {
    if (!options.keepsAccess()) {
      throw new Refusal(401, "ACL support disabled");
    }
  }

  /**
   * What a caller may do with what belongs to this agent; there at once on a server. The recovery
   * token needs none.
   */
  CompletionStage<Cluster.AuthorizerAnswer> authorizer(Visitor visitor) {
    return agent.tokens().isRecovery(visitor.secret())
        ? CompletableFuture.completedFuture(
            Cluster.AuthorizerAnswer.of(Recovery.authorizer(agent.nodeName())))
        : cluster.authorizer(visitor.caller());
  }

  /**
   * What whoever asks may do by now, for a request that has waited: where that cannot be known at
   * once, as it was when it came.
   *
   * @throws Refusal 403 when its token is gone
   */
  public Authorizer authorizer(Call call) {
    if (!options.keepsAccess()) {
      return call.visitor().authorizer();
    }
    Cluster.AuthorizerAnswer now = authorizer(call.visitor()).toCompletableFuture().getNow(null);
    if (now == null) {
      return call.visitor().authorizer();
    } else if (now.failure() == Failure.DENIED) {
      throw new Refusal(403, now.message());
    }
    return now.authorizer() == null ? call.visitor().authorizer() : now.authorizer();
  }

  /**
   * We are one datacenter.
   *
   * @param datacenter empty for ours
   * @throws Refusal 500 with Consul's text
   */
  public void requireOurDatacenter(String datacenter) {
    if (!datacenter.isEmpty() && !datacenter.equals(ourDatacenter())) {
      throw Refusal.error("No path to datacenter");
    }
  }

  /**
   * @throws Refusal 503 while this node is starting and does not know it
   */
  public String ourDatacenter() {
    return known(agent.datacenter());
  }

  /**
   * @throws Refusal 503 while this node is starting and does not know it
   */
  public String ourNode() {
    return known(agent.nodeName());
  }

  private static String known(String name) {
    if (name.isEmpty()) {
      throw new Refusal(503, "COM4015: this node is not running, not applied: send it again later");
    }
    return name;
  }
}
