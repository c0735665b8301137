package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.comitia.agent.Agent;
import org.comitia.agent.Telemetry;
import org.comitia.agent.local.LocalServices;
import org.comitia.state.Check;
import org.comitia.state.Service;
import org.comitia.web.catalog.CatalogShapes;
import org.comitia.web.catalog.Discovery;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/**
 * {@code /v1/agent}: who this node is, whom it knows, joining and leaving. Answered by this node
 * alone, with a leader or without.
 */
@ApplicationScoped
@Path("/v1/agent")
public class AgentResource {
  @Inject Agent agent;
  @Inject Telemetry telemetry;
  @Inject LocalServices local;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  /** While this node starts: what is known of it, and why it serves nothing yet, as a 503. */
  @GET
  @Path("self")
  public Response self() {
    Call call = Call.of(request);
    int status = agent.unavailable().isEmpty() ? 200 : 503;
    Agent.Self self = agent.self();
    Reply reply = Reply.json(call, status, out -> AgentJson.self(out, self, telemetry.position()));
    return (status == 200 ? reply : reply.retryLater()).toResponse();
  }

  /** There is one pool of members; Consul's second, between datacenters, is {@code null} here. */
  @GET
  @Path("members")
  public Response members() {
    Call call = Call.of(request);
    boolean wan = !call.query().get("wan").isEmpty();
    return Reply.json(call, out -> AgentJson.members(out, wan ? null : agent.members()))
        .toResponse();
  }

  /** Blocks until the address answered or did not. */
  @PUT
  @Path("join")
  public Response join() {
    Call call = Call.of(request);
    if (!call.query().get("wan").isEmpty()) {
      throw Refusal.error("COM4025: there is no WAN pool: this cluster is one datacenter");
    }
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing address to join");
    }
    return done(agent.join(call.name()));
  }

  /** Blocks until this node has left. */
  @PUT
  @Path("leave")
  public Response leave() {
    return done(agent.leave());
  }

  @PUT
  @Path("force-leave")
  public Response forceLeave() {
    Call call = Call.of(request);
    boolean known = agent.forceLeave(call.name(), call.query().has("prune"));
    return done(known ? null : "agent: No node found with name '" + call.name() + "'");
  }

  /** Blocks until the files were read. */
  @PUT
  @Path("reload")
  public Response reload() {
    return done(agent.reload());
  }

  @GET
  @Path("services")
  public Response services() {
    Call call = Call.of(request);
    Predicate<Service> filter = call.filter(CatalogShapes.SERVICE);
    String datacenter = answers.ourDatacenter();
    List<Service> kept = Discovery.kept(List.copyOf(local.view().services().values()), filter);
    return Reply.json(call, out -> LocalJson.services(out, kept, datacenter)).toResponse();
  }

  @GET
  @Path("checks")
  public Response checks() {
    Call call = Call.of(request);
    Predicate<Check> filter = call.filter(CatalogShapes.CHECK);
    List<Check> kept = Discovery.kept(List.copyOf(local.view().checks().values()), filter);
    return Reply.json(call, out -> LocalJson.checks(out, kept)).toResponse();
  }

  @PUT
  @Path("maintenance")
  public CompletionStage<Response> maintenance() {
    Call call = Call.of(request);
    boolean enable = LocalChanges.enable(call);
    return LocalChanges.answer(
        answers, call, local.nodeMaintenance(enable, call.query().get("reason")));
  }

  private static Response done(String problem) {
    if (problem != null) {
      throw Refusal.error(problem);
    }
    return Reply.empty(200).toResponse();
  }
}
