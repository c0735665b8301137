package org.comitia.web.operator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Cluster;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Numbers;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** The requests of {@code /v1/operator/autopilot}. */
@ApplicationScoped
public class AutopilotRequests {
  private static final int UNHEALTHY = 429;

  private Answers answers;
  private Cluster cluster;

  /** For the container's proxy. */
  protected AutopilotRequests() {}

  @Inject
  public AutopilotRequests(Answers answers, Cluster cluster) {
    this.answers = answers;
    this.cluster = cluster;
  }

  /** What is set. */
  public CompletionStage<Reply> configuration(Call call) {
    return asked(
        call, answer -> Reply.json(call, out -> AutopilotJson.configuration(out, answer.config())));
  }

  /**
   * Sets it, with {@code cas} only if that is its ModifyIndex. What the body does not name gets its
   * default.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> set(Call call) {
    answers.requireOurDatacenter(call.query().get("dc"));
    AutopilotConfig config = config(Fields.of(call.body(), Bodies.AUTOPILOT));
    Long cas = call.query().has("cas") ? (Long) cas(call.query().get("cas")) : null;
    Command.AutopilotSet command = new Command.AutopilotSet(config, cas);
    String refusal = CommandRules.refusal(command);
    if (refusal != null) {
      throw Refusal.badRequest(refusal);
    }
    return answers.write(call, command);
  }

  private static long cas(String text) {
    try {
      return Numbers.parseUnsigned(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("Error parsing cas value: " + e.getMessage());
    }
  }

  private static AutopilotConfig config(Fields body) {
    AutopilotConfig usual = AutopilotConfig.DEFAULT;
    return new AutopilotConfig(
        has(body, "CleanupDeadServers")
            ? body.flag("CleanupDeadServers")
            : usual.cleanupDeadServers(),
        has(body, "LastContactThreshold")
            ? body.nanos("LastContactThreshold")
            : usual.lastContactNanos(),
        has(body, "MaxTrailingLogs") ? body.unsigned("MaxTrailingLogs") : usual.maxTrailingLogs(),
        body.unsigned("MinQuorum"),
        has(body, "ServerStabilizationTime")
            ? body.nanos("ServerStabilizationTime")
            : usual.stabilizationNanos(),
        body.text("RedundancyZoneTag"),
        body.flag("DisableUpgradeMigration"),
        body.text("UpgradeVersionTag"),
        0,
        0);
  }

  private static boolean has(Fields body, String name) {
    return body.value(name) != null;
  }

  /** How the servers are; 429 when one of them is not healthy. */
  public CompletionStage<Reply> health(Call call) {
    return asked(
        call,
        answer -> {
          ClusterHealth health = ClusterHealth.of(answer.servers());
          return Reply.json(
              call, health.healthy() ? 200 : UNHEALTHY, out -> AutopilotJson.health(out, health));
        });
  }

  /** The same, by the servers' ids. */
  public CompletionStage<Reply> state(Call call) {
    return asked(
        call,
        answer ->
            Reply.json(call, out -> AutopilotJson.state(out, ClusterHealth.of(answer.servers()))));
  }

  private interface Rendering {
    Reply of(Cluster.AutopilotAnswer answer);
  }

  private CompletionStage<Reply> asked(Call call, Rendering rendering) {
    answers.requireOurDatacenter(call.query().get("dc"));
    return answers.later(
        call,
        cluster.autopilot(call.caller()),
        answer ->
            answer.failure() == null
                ? rendering.of(answer)
                : Outcomes.failed(call, answer.failure(), answer.message()));
  }
}
