package org.comitia.web.txn;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.TxnRows;
import org.comitia.state.TxnOutcome;
import org.comitia.web.http.Answers;
import org.comitia.web.http.AuditLog;
import org.comitia.web.http.Call;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.ReadOptions;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/**
 * {@code PUT /v1/txn}: a write if an operation changes something, else a read with a read's
 * parameters; a read that never blocks.
 */
@ApplicationScoped
public class TxnRequests {
  private Answers answers;
  private Cluster cluster;

  /** For the container's proxy. */
  protected TxnRequests() {}

  @Inject
  public TxnRequests(Answers answers, Cluster cluster) {
    this.answers = answers;
    this.cluster = cluster;
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> put(Call call) {
    TxnOps ops = TxnOps.of(call.body(), answers.ourDatacenter());
    answers.requireOurDatacenter(call.query().get("dc"));
    if (!ops.errors().isEmpty()) {
      TxnOutcome refused = new TxnOutcome(List.of(), ops.errors());
      return CompletableFuture.completedFuture(
          ops.readOnly() ? read(call, refused, 0, true) : answer(call, refused));
    }
    return ops.readOnly() ? read(call, ops) : write(call, ops);
  }

  private CompletionStage<Reply> write(Call call, TxnOps ops) {
    return answers.write(
        call,
        new Command.Txn(ops.ops()),
        "",
        result -> answer(call, ((CommandResult.TxnDone) result).outcome()));
  }

  private static Reply answer(Call call, TxnOutcome outcome) {
    outcome.errors().stream()
        .map(TxnOutcome.Error::what)
        .filter(what -> what.startsWith("Permission denied"))
        .findFirst()
        .ifPresent(what -> AuditLog.denied(call, what));
    return Reply.json(
        call,
        outcome.succeeded() ? 200 : 409,
        out -> {
          out.writeStartObject();
          TxnJson.outcome(out, outcome);
          out.writeEndObject();
        });
  }

  private CompletionStage<Reply> read(Call call, TxnOps ops) {
    ReadOptions options = answers.readOptions(call);
    Read<TxnRows> read =
        new Read<>(
            call.caller(),
            new Query.TxnRead(ops.ops()),
            options.consistency(),
            0,
            Duration.ZERO,
            options.maxStale());
    return answers.later(
        call,
        cluster.read(read),
        outcome ->
            outcome.match(
                answer -> answer(call, answer),
                failed -> Outcomes.failed(call, failed.failure(), failed.message())));
  }

  private static Reply answer(Call call, ReadOutcome.Answer<TxnRows> answer) {
    Reply reply =
        read(
            call,
            answer.result().outcome(),
            Math.max(0, answer.lastContactMillis()),
            answer.knownLeader());
    return answer.filtered() ? reply.header(Answers.FILTERED, "true") : reply;
  }

  /** Consul's read tells its metadata twice, in headers and beside the results. */
  private static Reply read(Call call, TxnOutcome outcome, long lastContact, boolean knownLeader) {
    return Reply.json(
            call,
            outcome.succeeded() ? 200 : 409,
            out -> {
              out.writeStartObject();
              TxnJson.outcome(out, outcome);
              out.writeNumberField("Index", 0);
              out.writeNumberField("LastContact", Duration.ofMillis(lastContact).toNanos());
              out.writeBooleanField("KnownLeader", knownLeader);
              out.writeStringField("ConsistencyLevel", "");
              out.writeBooleanField("NotModified", false);
              out.writeNumberField("Backend", 0);
              out.writeEndObject();
            })
        .header("X-Consul-LastContact", Long.toString(lastContact))
        .header("X-Consul-KnownLeader", knownLeader ? "true" : "false");
  }
}
