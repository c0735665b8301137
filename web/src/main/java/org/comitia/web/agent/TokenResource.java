package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.io.IOException;
import org.comitia.agent.Agent;
import org.comitia.agent.token.AgentTokens;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.AuditLog;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/agent/token}: sets the tokens by which this agent does things itself. */
@ApplicationScoped
@Path("/v1/agent/token")
public class TokenResource {
  @Inject Agent agent;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  /** Blocks on the disk where tokens are kept. */
  @PUT
  public Answer set() {
    Call call = Call.of(request);
    answers.requireAccessControl();
    Fields body = Fields.of(call.body(), Bodies.AGENT_TOKEN);
    AgentTokens.Kind kind =
        AgentTokens.Kind.of(call.name())
            .orElseThrow(() -> new Refusal(404, "Token \"" + call.name() + "\" is unknown"));
    try {
      agent.tokens().set(kind, body.text("Token"));
    } catch (IOException e) {
      throw Refusal.error(
          "COM5031: the token counts from now on, and could not be kept for the next start: "
              + e.getClass().getSimpleName());
    }
    AuditLog.changed(
        call, call.visitor().authorizer().accessor(), "set the agent's own token: " + call.name());
    return Answer.of(Reply.empty(200));
  }
}
