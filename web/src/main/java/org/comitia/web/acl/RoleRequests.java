package org.comitia.web.acl;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.comitia.access.AccessObject.Kind;
import org.comitia.access.Role;
import org.comitia.state.Query;
import org.comitia.web.acl.AclRequests.Link;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** The requests for roles ({@code api/acl/roles}). */
@ApplicationScoped
public class RoleRequests {
  private AclRequests requests;

  /** For the container's proxy. */
  protected RoleRequests() {}

  @Inject
  public RoleRequests(AclRequests requests) {
    this.requests = requests;
  }

  public CompletionStage<Reply> list(Call call) {
    String policy = AclRequests.id(call.query().get("policy"));
    return requests.list(
        call,
        Kind.ROLE,
        (json, found) ->
            out ->
                AclJson.list(
                    out,
                    found.stream()
                        .map(Role.class::cast)
                        .filter(role -> policy.isEmpty() || role.policies().contains(policy))
                        .toList(),
                    json::role));
  }

  public CompletionStage<Reply> get(Call call) {
    String id = AclRequests.required(call, "role ID");
    return read(call, id, role -> role.id().equalsIgnoreCase(id));
  }

  public CompletionStage<Reply> getByName(Call call) {
    String name = AclRequests.required(call, "role Name");
    return read(call, name, role -> role.name().equalsIgnoreCase(name));
  }

  private interface Wanted {
    boolean is(Role role);
  }

  private CompletionStage<Reply> read(Call call, String idOrName, Wanted wanted) {
    return requests.read(
        call,
        new Query.AccessGet(Kind.ROLE, idOrName),
        found ->
            AclRequests.only(found) instanceof Role role && wanted.is(role)
                ? Reply.json(call, out -> new AclJson(found.names()).role(out, role))
                : Reply.empty(404));
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> create(Call call) {
    Fields body = body(call, "");
    return set(call, body, UUID.randomUUID().toString(), true);
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> update(Call call) {
    String id = AclRequests.required(call, "role ID");
    return set(call, body(call, id), AclRequests.id(id), false);
  }

  private Fields body(Call call, String id) {
    requests.requireOurDatacenter(call);
    Fields body = Fields.of(call.body(), Bodies.ACL_ROLE, "Role decoding failed: ");
    if (!body.text("ID").isEmpty() && !body.text("ID").equalsIgnoreCase(id)) {
      throw Refusal.badRequest("Role ID in URL and payload do not match");
    }
    return body;
  }

  private CompletionStage<Reply> set(Call call, Fields body, String id, boolean create) {
    return requests
        .ids(call, Kind.POLICY, Link.of(body, "Policies"))
        .thenCompose(
            policies -> {
              Role role =
                  new Role(
                      id,
                      body.text("Name"),
                      body.text("Description"),
                      policies,
                      AclRequests.serviceIdentities(body),
                      AclRequests.nodeIdentities(body),
                      0,
                      0);
              return requests.set(call, role, create);
            });
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> delete(Call call) {
    requests.requireOurDatacenter(call);
    return requests.delete(call, Kind.ROLE, AclRequests.required(call, "role ID"));
  }
}
