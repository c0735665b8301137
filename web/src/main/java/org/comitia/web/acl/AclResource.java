package org.comitia.web.acl;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Reply;

/** {@code /v1/acl}: who may do what, and how that is changed. */
@ApplicationScoped
@Path("/v1/acl")
public class AclResource {
  @Inject AclRequests requests;
  @Inject TokenRequests tokens;
  @Inject PolicyRequests policies;
  @Inject RoleRequests roles;
  @Context HttpServletRequest request;

  private Answer answer(Function<Call, CompletionStage<Reply>> way) {
    requests.requireEnabled();
    return new Answer(way.apply(Call.of(request)));
  }

  @PUT
  @Path("bootstrap")
  public Answer bootstrap() {
    return answer(tokens::bootstrap);
  }

  /** There is one datacenter, and nothing to replicate from. */
  @GET
  @Path("replication")
  public Answer replication() {
    requests.requireEnabled();
    Call call = Call.of(request);
    requests.requireOurDatacenter(call);
    return Answer.of(Reply.json(call, AclResource::noReplication));
  }

  private static void noReplication(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeBooleanField("Enabled", false);
    out.writeBooleanField("Running", false);
    Json.text(out, "SourceDatacenter", "");
    Json.text(out, "ReplicationType", "");
    out.writeNumberField("ReplicatedIndex", 0);
    out.writeNumberField("ReplicatedRoleIndex", 0);
    out.writeNumberField("ReplicatedTokenIndex", 0);
    Json.text(out, "LastSuccess", AclJson.NEVER);
    Json.text(out, "LastError", AclJson.NEVER);
    Json.text(out, "LastErrorMessage", "");
    out.writeEndObject();
  }

  @GET
  @Path("tokens")
  public Answer tokens() {
    return answer(tokens::list);
  }

  @GET
  @Path("token")
  public Answer token() {
    return answer(tokens::get);
  }

  @GET
  @Path("token/self")
  public Answer self() {
    return answer(tokens::self);
  }

  @PUT
  @Path("token")
  public Answer setToken() {
    return answer(call -> call.endpoint().tree() ? tokens.update(call) : tokens.create(call));
  }

  @DELETE
  @Path("token")
  public Answer deleteToken() {
    return answer(tokens::delete);
  }

  @GET
  @Path("policies")
  public Answer policies() {
    return answer(policies::list);
  }

  @GET
  @Path("policy")
  public Answer policy() {
    return answer(policies::get);
  }

  @GET
  @Path("policy/name")
  public Answer policyByName() {
    return answer(policies::getByName);
  }

  @PUT
  @Path("policy")
  public Answer setPolicy() {
    return answer(call -> call.endpoint().tree() ? policies.update(call) : policies.create(call));
  }

  @DELETE
  @Path("policy")
  public Answer deletePolicy() {
    return answer(policies::delete);
  }

  @GET
  @Path("roles")
  public Answer roles() {
    return answer(roles::list);
  }

  @GET
  @Path("role")
  public Answer role() {
    return answer(roles::get);
  }

  @GET
  @Path("role/name")
  public Answer roleByName() {
    return answer(roles::getByName);
  }

  @PUT
  @Path("role")
  public Answer setRole() {
    return answer(call -> call.endpoint().tree() ? roles.update(call) : roles.create(call));
  }

  @DELETE
  @Path("role")
  public Answer deleteRole() {
    return answer(roles::delete);
  }
}
