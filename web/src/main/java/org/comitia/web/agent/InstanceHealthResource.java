package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.Comparator;
import java.util.List;
import org.comitia.agent.local.LocalServices;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Octets;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/agent/health/service}: the status code is the health, for load balancers. */
@ApplicationScoped
@Path("/v1/agent/health/service")
public class InstanceHealthResource {
  @Inject LocalServices local;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @GET
  @Path("id")
  public Answer id() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Bad request: Missing serviceID");
    }
    LocalServices.View view = local.view();
    String datacenter = answers.ourDatacenter();
    return view.services().values().stream()
        .filter(service -> service.id().equals(call.name()))
        .peek(service -> LocalReads.require(call.visitor().authorizer(), service.name()))
        .map(service -> InstanceHealth.of(service, view))
        .findFirst()
        .map(
            health ->
                answer(
                    call,
                    health.code(),
                    health.status(),
                    out -> LocalJson.health(out, health, datacenter)))
        .orElseGet(
            () ->
                answer(
                    call,
                    404,
                    "ServiceId " + call.name() + " not found",
                    out -> LocalJson.health(out, InstanceHealth.UNKNOWN, datacenter)));
  }

  /** The worst of all instances of a name. */
  @GET
  @Path("name")
  public Answer name() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Bad request: Missing service Name");
    }
    LocalReads.require(call.visitor().authorizer(), call.name());
    LocalServices.View view = local.view();
    String datacenter = answers.ourDatacenter();
    List<InstanceHealth> healths =
        view.services().values().stream()
            .filter(service -> service.name().equals(call.name()))
            .map(service -> InstanceHealth.of(service, view))
            .toList();
    Json.Body body = out -> LocalJson.healths(out, healths, datacenter);
    return healths.stream()
        .max(Comparator.comparingInt(InstanceHealth::code))
        .map(worst -> answer(call, worst.code(), worst.status(), body))
        .orElseGet(() -> answer(call, 404, "ServiceName " + call.name() + " Not Found", body));
  }

  private static Answer answer(Call call, int code, String reason, Json.Body body) {
    Reply reply = wantsText(call) ? Reply.text(code, reason) : Reply.json(call, code, body);
    return Answer.of(reply.header("X-Consul-Reason", Octets.of(reason)));
  }

  private static boolean wantsText(Call call) {
    return call.wishes().accept().startsWith("text/plain")
        || call.query().get("format").equals("text");
  }
}
