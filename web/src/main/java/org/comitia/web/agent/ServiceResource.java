package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.agent.local.LocalServices;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;

/** {@code /v1/agent/service}: the services that are registered with this agent. Needs no leader. */
@ApplicationScoped
@Path("/v1/agent/service")
public class ServiceResource {
  @Inject LocalServices local;
  @Inject Answers answers;
  @Inject ServiceWaits waits;
  @Context HttpServletRequest request;

  @GET
  public Answer one() {
    return new Answer(waits.answer(Call.of(request)));
  }

  @PUT
  @Path("register")
  public Answer register() {
    Call call = Call.of(request);
    String replace = call.query().get("replace-existing-checks");
    boolean replaceExistingChecks =
        call.query().has("replace-existing-checks")
            && (replace.isEmpty() || replace.equals("true"));
    Fields body = Fields.of(call.body(), Bodies.AGENT_SERVICE);
    return LocalChanges.answer(
        answers,
        call,
        local.registerService(LocalChanges.asker(call), body.tree(), replaceExistingChecks));
  }

  @PUT
  @Path("deregister")
  public Answer deregister() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.error("ServiceID missing");
    }
    return LocalChanges.answer(
        answers, call, local.deregisterService(LocalChanges.asker(call), call.name()));
  }

  @PUT
  @Path("maintenance")
  public Answer maintenance() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing service ID");
    }
    boolean enable = LocalChanges.enable(call);
    return LocalChanges.answer(
        answers,
        call,
        local.serviceMaintenance(
            LocalChanges.asker(call), call.name(), enable, call.query().get("reason")));
  }
}
