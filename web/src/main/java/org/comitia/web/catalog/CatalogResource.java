package org.comitia.web.catalog;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.comitia.consensus.Cluster;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/catalog}: nodes, services, and their low-level registration. */
@RequestScoped
@Path("/v1/catalog")
public class CatalogResource {
  @Inject Answers answers;
  @Inject Cluster cluster;
  @Context HttpServletRequest request;

  @PUT
  @Path("register")
  public CompletionStage<Response> register() {
    return write(body -> Registration.read(body, answers.ourDatacenter()));
  }

  @PUT
  @Path("deregister")
  public CompletionStage<Response> deregister() {
    return write(Registration::readRemoval);
  }

  private CompletionStage<Response> write(Function<Fields, Command> command) {
    Call call = Call.of(request);
    Fields body = Fields.of(call.body());
    String datacenter = body.text("Datacenter");
    answers.requireOurDatacenter(datacenter.isEmpty() ? call.query().get("dc") : datacenter);
    return answers.response(answers.write(call, command.apply(body)));
  }

  /** Needs no leader; only a client agent without servers cannot tell. */
  @GET
  @Path("datacenters")
  public CompletionStage<Response> datacenters() {
    Call call = Call.of(request);
    return answers.response(
        answers.later(
            call,
            cluster.status(),
            status ->
                status.failure() == null
                    ? Reply.json(
                        call, out -> CatalogJson.names(out, List.of(answers.ourDatacenter())))
                    : Outcomes.failed(call, status.failure(), null)));
  }

  @GET
  @Path("nodes")
  public CompletionStage<Response> nodes() {
    return read(
        call -> new Query.Nodes(nodeMeta(call.query())),
        result -> out -> CatalogJson.nodes(out, ((QueryResult.NodeList) result).nodes()));
  }

  @GET
  @Path("node")
  public CompletionStage<Response> node() {
    return read(
        call -> new Query.NodeServices(named(call, "node")),
        result -> out -> CatalogJson.nodeWithServices(out, (QueryResult.NodeWithServices) result));
  }

  @GET
  @Path("services")
  public CompletionStage<Response> services() {
    return read(
        call -> new Query.Services(nodeMeta(call.query())),
        result ->
            out -> CatalogJson.serviceNames(out, ((QueryResult.ServiceNames) result).tagsByName()));
  }

  @GET
  @Path("service")
  public CompletionStage<Response> service() {
    return read(
        call ->
            new Query.ServiceInstances(
                named(call, "service"), call.query().all("tag"), nodeMeta(call.query())),
        result -> out -> CatalogJson.instances(out, ((QueryResult.Instances) result).instances()));
  }

  private CompletionStage<Response> read(
      Function<Call, Query> query, Function<QueryResult, Json.Body> body) {
    Call call = Call.of(request);
    return answers.response(
        answers.read(
            call,
            query.apply(call),
            Metadata.WITH_CONSISTENCY,
            result -> Reply.json(call, body.apply(result))));
  }

  private static String named(Call call, String what) {
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing " + what + " name");
    }
    return call.name();
  }

  private static Map<String, String> nodeMeta(QueryString parameters) {
    Map<String, String> meta = new HashMap<>();
    for (String pair : parameters.all("node-meta")) {
      int colon = pair.indexOf(':');
      if (colon < 0) {
        meta.put(pair, "");
      } else {
        meta.put(pair.substring(0, colon), pair.substring(colon + 1));
      }
    }
    return Map.copyOf(meta);
  }
}
