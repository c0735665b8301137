package org.comitia.web.acl;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.comitia.access.AccessObject.Kind;
import org.comitia.access.InvalidRulesException;
import org.comitia.access.Policy;
import org.comitia.access.Rules;
import org.comitia.state.Query;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** The requests for policies ({@code api/acl/policies}). */
@ApplicationScoped
public class PolicyRequests {
  private AclRequests requests;

  /** For the container's proxy. */
  protected PolicyRequests() {}

  @Inject
  public PolicyRequests(AclRequests requests) {
    this.requests = requests;
  }

  public CompletionStage<Reply> list(Call call) {
    return requests.list(
        call,
        Kind.POLICY,
        (json, found) ->
            out -> AclJson.list(out, found, (to, policy) -> json.policyStub(to, (Policy) policy)));
  }

  public CompletionStage<Reply> get(Call call) {
    String id = AclRequests.required(call, "policy ID");
    return read(call, id, policy -> policy.id().equalsIgnoreCase(id));
  }

  public CompletionStage<Reply> getByName(Call call) {
    String name = AclRequests.required(call, "policy Name");
    return read(call, name, policy -> policy.name().equalsIgnoreCase(name));
  }

  private interface Wanted {
    boolean is(Policy policy);
  }

  private CompletionStage<Reply> read(Call call, String idOrName, Wanted wanted) {
    return requests.read(
        call,
        new Query.AccessGet(Kind.POLICY, idOrName),
        found ->
            AclRequests.only(found) instanceof Policy policy && wanted.is(policy)
                ? Reply.json(call, out -> new AclJson(found.names()).policy(out, policy))
                : Reply.text(403, AclRequests.NOT_FOUND));
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> create(Call call) {
    Fields body = body(call);
    if (!body.text("ID").isEmpty()) {
      throw Refusal.badRequest("Cannot specify the ID when creating a new policy");
    }
    return set(call, body, UUID.randomUUID().toString(), true);
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> update(Call call) {
    String id = AclRequests.required(call, "policy ID");
    Fields body = body(call);
    if (!body.text("ID").isEmpty() && !body.text("ID").equalsIgnoreCase(id)) {
      throw Refusal.badRequest("Policy ID in URL and payload do not match");
    }
    return set(call, body, AclRequests.id(id), false);
  }

  private Fields body(Call call) {
    requests.requireOurDatacenter(call);
    return Fields.of(call.body(), Bodies.ACL_POLICY, "Policy decoding failed: ");
  }

  private CompletionStage<Reply> set(Call call, Fields body, String id, boolean create) {
    try {
      Rules.parse(body.text("Rules"));
    } catch (InvalidRulesException e) {
      throw Refusal.error(e.getMessage());
    }
    Policy policy =
        new Policy(
            id,
            body.text("Name"),
            body.text("Description"),
            body.text("Rules"),
            body.texts("Datacenters"),
            0,
            0);
    return requests.set(call, policy, create);
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> delete(Call call) {
    requests.requireOurDatacenter(call);
    return requests.delete(call, Kind.POLICY, AclRequests.required(call, "policy ID"));
  }
}
