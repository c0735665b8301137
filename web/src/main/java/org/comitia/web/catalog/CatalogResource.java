package org.comitia.web.catalog;

import static org.comitia.web.catalog.Discovery.kept;
import static org.comitia.web.catalog.Discovery.named;
import static org.comitia.web.catalog.Discovery.nodeMeta;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.comitia.cluster.Cluster;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.http.AgentCache;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.BodyType;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Reply;

/** {@code /v1/catalog}: nodes, services, and their low-level registration. */
@ApplicationScoped
@Path("/v1/catalog")
public class CatalogResource {
  @Inject Answers answers;
  @Inject Cluster cluster;
  @Context HttpServletRequest request;

  @PUT
  @Path("register")
  public Answer register() {
    return write(Bodies.REGISTER, body -> Registration.read(body, answers.ourDatacenter()));
  }

  @PUT
  @Path("deregister")
  public Answer deregister() {
    return write(Bodies.DEREGISTER, Registration::readRemoval);
  }

  private Answer write(BodyType type, Function<Fields, Command> command) {
    Call call = Call.of(request);
    Fields body = Fields.of(call.body(), type);
    String datacenter = body.text("Datacenter");
    answers.requireOurDatacenter(datacenter.isEmpty() ? call.query().get("dc") : datacenter);
    return new Answer(answers.write(call, command.apply(body)));
  }

  /** Needs no leader; a client agent needs a server that answers. */
  @GET
  @Path("datacenters")
  public Answer datacenters() {
    Call call = Call.of(request);
    answers.readOptions(call);
    return new Answer(
        answers.later(
            call,
            cluster.status(),
            status ->
                status.failure() == null
                    ? AgentCache.told(
                        call,
                        Reply.json(
                            call, out -> CatalogJson.names(out, List.of(answers.ourDatacenter()))))
                    : Outcomes.failed(call, status.failure(), null)));
  }

  @GET
  @Path("nodes")
  public Answer nodes() {
    Call call = Call.of(request);
    return answers.discoverNear(
        call,
        new Query.Nodes(nodeMeta(call)),
        near -> {
          Predicate<Node> filter = call.filter(CatalogShapes.NODE);
          return result ->
              out -> CatalogJson.nodes(out, near.sorted(kept(result.nodes(), filter), Node::name));
        });
  }

  @GET
  @Path("node")
  public Answer node() {
    return nodeServices(CatalogJson::nodeWithServices);
  }

  @GET
  @Path("node-services")
  public Answer nodeServices() {
    return nodeServices(CatalogJson::nodeWithServiceList);
  }

  private Answer nodeServices(NodeServicesForm form) {
    Call call = Call.of(request);
    return answers.discover(
        call,
        new Query.NodeServices(named(call, "node name")),
        () -> {
          Predicate<Service> filter = call.filter(CatalogShapes.SERVICE);
          return result -> {
            QueryResult.NodeWithServices found = result;
            return out -> form.write(out, found.node(), kept(found.services(), filter));
          };
        });
  }

  /** How a node's services are written: as a map or as a list. */
  private interface NodeServicesForm {
    void write(JsonGenerator out, Node node, List<Service> services) throws IOException;
  }

  /** A filter (since 1.14) is asked about the instances, before they are summed up. */
  @GET
  @Path("services")
  public Answer services() {
    Call call = Call.of(request);
    if (!call.query().get("filter").isEmpty()) {
      return filteredServices(call);
    }
    return answers.discover(
        call,
        new Query.Services(nodeMeta(call)),
        () -> result -> out -> CatalogJson.serviceNames(out, result.tagsByName()));
  }

  private Answer filteredServices(Call call) {
    Map<String, String> nodeMeta = nodeMeta(call);
    return answers.discover(
        call,
        new Query.ServiceDump(),
        () -> {
          Predicate<QueryResult.Instance> filter = call.filter(CatalogShapes.INSTANCE);
          return result -> {
            Map<String, TreeSet<String>> tags = new TreeMap<>();
            for (QueryResult.HealthInstance one : result.instances()) {
              if (one.node().meta().entrySet().containsAll(nodeMeta.entrySet())
                  && filter.test(new QueryResult.Instance(one.node(), one.service()))) {
                tags.computeIfAbsent(one.service().name(), name -> new TreeSet<>())
                    .addAll(one.service().tags());
              }
            }
            Map<String, List<String>> byName = new TreeMap<>();
            tags.forEach((name, all) -> byName.put(name, List.copyOf(all)));
            return out -> CatalogJson.serviceNames(out, byName);
          };
        });
  }

  @GET
  @Path("service")
  public Answer service() {
    Call call = Call.of(request);
    return answers.discoverNear(
        call,
        new Query.ServiceInstances(
            named(call, "service name"), call.query().all("tag"), nodeMeta(call)),
        near -> {
          Predicate<QueryResult.Instance> filter = call.filter(CatalogShapes.INSTANCE);
          return result ->
              out ->
                  CatalogJson.instances(
                      out,
                      near.sorted(
                          kept(result.instances(), filter), instance -> instance.node().name()));
        });
  }
}
