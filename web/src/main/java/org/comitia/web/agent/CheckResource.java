package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.agent.local.LocalServices;
import org.comitia.state.CheckStatus;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;

/** {@code /v1/agent/check}: the checks that are registered with this agent. Needs no leader. */
@ApplicationScoped
@Path("/v1/agent/check")
public class CheckResource {
  @Inject LocalServices local;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @PUT
  @Path("register")
  public Answer register() {
    Call call = Call.of(request);
    return LocalChanges.answer(
        answers,
        call,
        local.registerCheck(
            LocalChanges.asker(call), Fields.of(call.body(), Bodies.AGENT_CHECK).tree()));
  }

  @PUT
  @Path("deregister")
  public Answer deregister() {
    Call call = Call.of(request);
    return LocalChanges.answer(
        answers, call, local.deregisterCheck(LocalChanges.asker(call), call.name()));
  }

  @PUT
  @Path("pass")
  public Answer pass() {
    return heartbeat(CheckStatus.PASSING);
  }

  @PUT
  @Path("warn")
  public Answer warn() {
    return heartbeat(CheckStatus.WARNING);
  }

  @PUT
  @Path("fail")
  public Answer fail() {
    return heartbeat(CheckStatus.CRITICAL);
  }

  private Answer heartbeat(CheckStatus status) {
    Call call = Call.of(request);
    return LocalChanges.answer(
        answers,
        call,
        local.updateCheck(LocalChanges.asker(call), call.name(), status, call.query().get("note")));
  }

  @PUT
  @Path("update")
  public Answer update() {
    Call call = Call.of(request);
    Fields body = Fields.of(call.body(), Bodies.CHECK_UPDATE);
    String text = body.text("Status");
    CheckStatus status =
        switch (text) {
          case "passing" -> CheckStatus.PASSING;
          case "warning" -> CheckStatus.WARNING;
          case "critical" -> CheckStatus.CRITICAL;
          default -> throw Refusal.badRequest("Invalid check status: '" + text + "'");
        };
    return LocalChanges.answer(
        answers,
        call,
        local.updateCheck(LocalChanges.asker(call), call.name(), status, body.text("Output")));
  }
}
