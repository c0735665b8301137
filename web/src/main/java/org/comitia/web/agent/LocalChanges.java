package org.comitia.web.agent;

import java.util.concurrent.CompletionStage;
import org.comitia.agent.local.LocalServices.Asker;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** How changes of this agent's services are asked for and answered. */
final class LocalChanges {
  private LocalChanges() {}

  static Answer answer(Answers answers, Call call, CompletionStage<Outcome> outcome) {
    return new Answer(answers.later(call, outcome, ended -> reply(call, ended)));
  }

  private static Reply reply(Call call, Outcome outcome) {
    return switch (outcome.result()) {
      case DONE -> Reply.empty(200);
      case INVALID -> refused(call, 400, outcome);
      case UNKNOWN -> refused(call, 404, outcome);
      case FAILED -> refused(call, 500, outcome);
      case DENIED -> refused(call, 403, outcome);
      case UNAVAILABLE -> refused(call, 503, outcome);
    };
  }

  private static Reply refused(Call call, int status, Outcome outcome) {
    return Outcomes.refused(call, new Refusal(status, outcome.message()));
  }

  /** Who asks for a change. */
  static Asker asker(Call call) {
    return new Asker(call.visitor().authorizer(), call.visitor().secret());
  }

  /**
   * The parameter {@code enable} of a maintenance mode.
   *
   * @throws Refusal 400 when it is missing or no truth value
   */
  static boolean enable(Call call) {
    if (!call.query().has("enable")) {
      throw Refusal.badRequest("Missing value for enable");
    }
    String raw = call.query().get("enable");
    return switch (raw) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default ->
          throw Refusal.badRequest(
              "Invalid value for enable: \"" + raw.replace("\"", "\\\"") + "\"");
    };
  }
}
