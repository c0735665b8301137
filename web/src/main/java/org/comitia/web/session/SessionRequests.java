package org.comitia.web.session;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Cluster;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.Session;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** The requests of {@code /v1/session} that change something. */
@ApplicationScoped
public class SessionRequests {
  private static final String APPLY_FAILED = "apply failed: ";

  private Answers answers;
  private Cluster cluster;
  private Duration shortestTtl;

  /** For the container's proxy. */
  protected SessionRequests() {}

  @Inject
  public SessionRequests(Answers answers, Cluster cluster) {
    this(answers, cluster, deployedTtl());
  }

  SessionRequests(Answers answers, Cluster cluster, Duration shortestTtl) {
    this.answers = answers;
    this.cluster = cluster;
    this.shortestTtl = shortestTtl;
  }

  /** Where the settings are invalid the node says so elsewhere, and serves nothing. */
  private static Duration deployedTtl() {
    try {
      return DeployedSettings.load().sessionTtlMin();
    } catch (InvalidSettingsException e) {
      return CommandRules.MAX_SESSION_TTL;
    }
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> create(Call call) {
    answers.requireOurDatacenter(call.query().get("dc"));
    Fields body = call.body().length == 0 ? Fields.NONE : Fields.of(call.body(), Bodies.SESSION);
    Session session = Sessions.create(body, answers.ourNode());
    if (session.node().isEmpty()) {
      throw Refusal.error("Must provide Node");
    }
    String refusal = CommandRules.ttlRefusal(session.ttl(), shortestTtl);
    if (refusal != null) {
      throw Refusal.error(refusal);
    }
    return answers.write(
        call,
        new Command.SessionCreate(session),
        APPLY_FAILED,
        done ->
            Reply.json(
                call,
                out -> {
                  out.writeStartObject();
                  out.writeStringField("ID", session.id());
                  out.writeEndObject();
                }));
  }

  /**
   * Ends a session; ending one that is not there is no mistake.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> destroy(Call call) {
    answers.requireOurDatacenter(call.query().get("dc"));
    String id = idOf(call, APPLY_FAILED);
    return answers.write(
        call,
        new Command.SessionDestroy(id),
        APPLY_FAILED,
        done -> Reply.json(call, out -> out.writeBoolean(true)));
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> renew(Call call) {
    answers.readOptions(call); // what a read would refuse, Consul refuses here as well
    answers.requireOurDatacenter(call.query().get("dc"));
    String id = idOf(call, "");
    return answers.later(
        call,
        cluster.renew(call.caller(), id),
        outcome ->
            outcome.match(
                answer -> renewed(call, answer.result().sessions()),
                failed -> Outcomes.failed(call, failed.failure(), failed.message())));
  }

  private static Reply renewed(Call call, List<Session> sessions) {
    return sessions.isEmpty()
        ? Reply.text(404, "Session id '" + call.name() + "' not found")
        : Reply.json(call, out -> Sessions.list(out, sessions));
  }

  private static String idOf(Call call, String failed) {
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing session");
    }
    try {
      return Sessions.id(call.name());
    } catch (Refusal refusal) {
      throw Refusal.error(failed + refusal.getMessage());
    }
  }
}
