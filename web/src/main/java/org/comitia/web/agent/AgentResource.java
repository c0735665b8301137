package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.List;
import java.util.function.Predicate;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.agent.Agent;
import org.comitia.agent.Telemetry;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Member;
import org.comitia.state.Check;
import org.comitia.state.Service;
import org.comitia.web.catalog.CatalogShapes;
import org.comitia.web.catalog.Discovery;
import org.comitia.web.http.Answer;
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
  public Answer self() {
    Call call = Call.of(request);
    int status = agent.unavailable().isEmpty() ? 200 : 503;
    Agent.Self self = agent.self();
    Reply reply = Reply.json(call, status, out -> AgentJson.self(out, self, telemetry.position()));
    return Answer.of(status == 200 ? reply : reply.retryLater());
  }

  /** There is one pool of members; Consul's second, between datacenters, is {@code null} here. */
  @GET
  @Path("members")
  public Answer members() {
    Call call = Call.of(request);
    boolean wan = !call.query().get("wan").isEmpty();
    List<Member> all = agent.members();
    Authorizer authorizer = call.visitor().authorizer();
    List<Member> kept =
        all.stream()
            .filter(one -> authorizer.allows(Resource.NODE, one.name(), Access.READ))
            .toList();
    Reply reply = Reply.json(call, out -> AgentJson.members(out, wan ? null : kept));
    return filtered(reply, !wan && kept.size() < all.size());
  }

  /** Blocks until the address answered or did not. */
  @PUT
  @Path("join")
  public Answer join() {
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
  public Answer leave() {
    return done(agent.leave());
  }

  @PUT
  @Path("force-leave")
  public Answer forceLeave() {
    Call call = Call.of(request);
    boolean known = agent.forceLeave(call.caller(), call.name(), call.query().has("prune"));
    return done(known ? null : "agent: No node found with name '" + call.name() + "'");
  }

  /** Blocks until the files were read. */
  @PUT
  @Path("reload")
  public Answer reload() {
    return done(agent.reload());
  }

  @GET
  @Path("services")
  public Answer services() {
    Call call = Call.of(request);
    Predicate<Service> filter = call.filter(CatalogShapes.SERVICE);
    String datacenter = answers.ourDatacenter();
    List<Service> all = List.copyOf(local.view().services().values());
    List<Service> readable =
        all.stream().filter(one -> LocalReads.may(call.visitor().authorizer(), one)).toList();
    List<Service> kept = Discovery.kept(readable, filter);
    Reply reply = Reply.json(call, out -> LocalJson.services(out, kept, datacenter));
    return filtered(reply, readable.size() < all.size());
  }

  @GET
  @Path("checks")
  public Answer checks() {
    Call call = Call.of(request);
    Predicate<Check> filter = call.filter(CatalogShapes.CHECK);
    List<Check> all = List.copyOf(local.view().checks().values());
    List<Check> readable =
        all.stream().filter(one -> LocalReads.may(call.visitor().authorizer(), one)).toList();
    List<Check> kept = Discovery.kept(readable, filter);
    Reply reply = Reply.json(call, out -> LocalJson.checks(out, kept));
    return filtered(reply, readable.size() < all.size());
  }

  @PUT
  @Path("maintenance")
  public Answer maintenance() {
    Call call = Call.of(request);
    boolean enable = LocalChanges.enable(call);
    return LocalChanges.answer(
        answers,
        call,
        local.nodeMaintenance(LocalChanges.asker(call), enable, call.query().get("reason")));
  }

  private static Answer filtered(Reply reply, boolean filtered) {
    return Answer.of(filtered ? reply.header(Answers.FILTERED, "true") : reply);
  }

  private static Answer done(String problem) {
    if (problem != null) {
      throw Refusal.error(problem);
    }
    return Answer.of(Reply.empty(200));
  }
}
