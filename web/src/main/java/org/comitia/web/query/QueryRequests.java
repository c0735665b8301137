package org.comitia.web.query;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.Names;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.health.HealthJson;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Near;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** The requests of {@code /v1/query}, as the page {@code api/query} describes them. */
@ApplicationScoped
public class QueryRequests {
  private static final String NOT_FOUND = "Query not found";
  private static final String EXECUTE = "/execute";
  private static final String EXPLAIN = "/explain";

  private Answers answers;

  /** For the container's proxy. */
  protected QueryRequests() {}

  @Inject
  public QueryRequests(Answers answers) {
    this.answers = answers;
  }

  /**
   * All queries.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> list(Call call) {
    return answers.read(
        call,
        new Query.PreparedQueries(),
        Metadata.ON_ERRORS_TOO,
        result -> Reply.json(call, out -> PreparedQueries.list(out, result.queries())));
  }

  /**
   * A new one, under an id that is drawn here.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> create(Call call) {
    answers.requireOurDatacenter(call.query().get("dc"));
    Fields body = Fields.of(call.body(), Bodies.PREPARED_QUERY);
    if (!body.text("ID").isEmpty()) {
      throw Refusal.error("ID must be empty when creating a new prepared query");
    }
    PreparedQuery query = PreparedQueries.read(body, UUID.randomUUID().toString());
    return answers.write(
        call,
        new Command.PreparedQuerySet(query, false),
        "",
        done ->
            Reply.json(
                call,
                out -> {
                  out.writeStartObject();
                  out.writeStringField("ID", query.id());
                  out.writeEndObject();
                }));
  }

  /**
   * What the path names: a query, or to execute or explain one.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> get(Call call) {
    String path = call.name();
    if (path.endsWith(EXECUTE)) {
      return execute(call, path.substring(0, path.length() - EXECUTE.length()));
    }
    if (path.endsWith(EXPLAIN)) {
      return explain(call, path.substring(0, path.length() - EXPLAIN.length()));
    }
    return answers.read(
        call,
        new Query.PreparedQueryGet(id(path)),
        Metadata.ON_ERRORS_TOO,
        result -> {
          List<PreparedQuery> queries = result.queries();
          return queries.isEmpty()
              ? Reply.text(404, NOT_FOUND)
              : Reply.json(call, out -> PreparedQueries.list(out, queries));
        });
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> update(Call call) {
    requireNoVerb(call);
    answers.requireOurDatacenter(call.query().get("dc"));
    PreparedQuery query =
        PreparedQueries.read(Fields.of(call.body(), Bodies.PREPARED_QUERY), id(call.name()));
    return answers.write(
        call, new Command.PreparedQuerySet(query, true), "", done -> Reply.empty(200));
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> delete(Call call) {
    requireNoVerb(call);
    answers.requireOurDatacenter(call.query().get("dc"));
    return answers.write(
        call, new Command.PreparedQueryDelete(id(call.name())), "", done -> Reply.empty(200));
  }

  private static void requireNoVerb(Call call) {
    if (call.name().endsWith(EXECUTE) || call.name().endsWith(EXPLAIN)) {
      throw new Refusal(405, "method " + call.method() + " not allowed");
    }
  }

  /** An id as the state has it. */
  private static String id(String text) {
    if (text.length() != 36) {
      throw Refusal.error("failed prepared query lookup: index error: UUID must be 36 characters");
    }
    return text.toLowerCase(Locale.ROOT);
  }

  // ---- executing

  /** The request's {@code near} counts before the query's own, which is known only afterwards. */
  private CompletionStage<Reply> execute(Call call, String nameOrId) {
    int limit = limit(call);
    answers.readOptions(call);
    answers.requireOurDatacenter(call.query().get("dc"));
    String asked = call.query().get("near");
    if (!asked.isEmpty()) {
      return answers.near(call, asked).thenCompose(near -> execute(call, nameOrId, limit, near));
    }
    AtomicReference<String> own = new AtomicReference<>("");
    return answer(
            call,
            nameOrId,
            false,
            found -> {
              own.set(found.query().service().near());
              return executed(call, found, limit, Near.NONE);
            })
        .thenCompose(
            reply ->
                own.get().isEmpty()
                    ? CompletableFuture.completedFuture(reply)
                    : answers
                        .near(call, own.get())
                        .thenCompose(near -> execute(call, nameOrId, limit, near)));
  }

  private CompletionStage<Reply> execute(Call call, String nameOrId, int limit, Near near) {
    return answer(call, nameOrId, false, found -> executed(call, found, limit, near));
  }

  private Reply executed(Call call, QueryResult.PreparedQueryAnswer found, int limit, Near near) {
    return Reply.json(call, out -> executed(out, found, limit, answers.ourDatacenter(), near));
  }

  private CompletionStage<Reply> explain(Call call, String nameOrId) {
    return answer(
        call,
        nameOrId,
        true,
        found ->
            Reply.json(
                call,
                out -> {
                  out.writeStartObject();
                  out.writeFieldName("Query");
                  PreparedQueries.query(out, found.query());
                  out.writeEndObject();
                }));
  }

  private CompletionStage<Reply> answer(
      Call call,
      String nameOrId,
      boolean explain,
      Function<QueryResult.PreparedQueryAnswer, Reply> render) {
    if (Names.isLonger(nameOrId, CommandRules.MAX_NAME_BYTES)) {
      throw Refusal.badRequest(
          "the name is longer than a query's may be: " + CommandRules.MAX_NAME_BYTES + " bytes");
    }
    return answers.read(
        call,
        new Query.PreparedQueryExecute(nameOrId, explain),
        Metadata.WITH_CONSISTENCY,
        result -> {
          QueryResult.PreparedQueryAnswer found = result;
          return found.query() == null ? Reply.text(404, NOT_FOUND) : render.apply(found);
        });
  }

  /** 0 for none. */
  private static int limit(Call call) {
    String text = call.query().get("limit");
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw Refusal.error(
          "Bad limit: Error parsing limit: strconv.Atoi: parsing \"" + text + "\": invalid syntax");
    }
  }

  /**
   * The nearest first, else in an order of chance, so that clients that take the first spread.
   * There is one datacenter: nothing fails over.
   */
  private static void executed(
      JsonGenerator out,
      QueryResult.PreparedQueryAnswer found,
      int limit,
      String datacenter,
      Near near)
      throws IOException {
    List<QueryResult.HealthInstance> shuffled = new ArrayList<>(found.instances());
    Collections.shuffle(shuffled);
    List<QueryResult.HealthInstance> instances =
        near.sorted(shuffled, instance -> instance.node().name());
    if (limit > 0 && limit < instances.size()) {
      instances = instances.subList(0, limit);
    }
    out.writeStartObject();
    out.writeStringField("Service", found.query().service().service());
    out.writeFieldName("Nodes");
    HealthJson.instances(out, instances);
    PreparedQueries.dns(out, found.query());
    out.writeStringField("Datacenter", datacenter);
    out.writeNumberField("Failovers", 0);
    out.writeEndObject();
  }
}
