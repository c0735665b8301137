package org.comitia.web.ui;

import static org.comitia.web.catalog.Discovery.kept;
import static org.comitia.web.catalog.Discovery.named;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.List;
import java.util.function.Predicate;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.catalog.CatalogShapes;
import org.comitia.web.filter.Shape;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Reply;

/** The reads that Consul's console makes. */
@ApplicationScoped
@Path("/v1/internal/ui")
public class UiResource {
  private static final Shape<QueryResult.NodeDump> DUMP =
      Shape.<QueryResult.NodeDump>builder()
          .text("ID", d -> d.node().id())
          .text("Node", d -> d.node().name())
          .text("Address", d -> d.node().address())
          .textMap("TaggedAddresses", d -> d.node().taggedAddresses())
          .textMap("Meta", d -> d.node().meta())
          .list("Services", QueryResult.NodeDump::services, CatalogShapes.SERVICE)
          .list("Checks", QueryResult.NodeDump::checks, CatalogShapes.CHECK)
          .build();

  @Inject Answers answers;
  @Context HttpServletRequest request;

  @GET
  @Path("nodes")
  public Answer nodes() {
    Call call = Call.of(request);
    return answers.discover(
        call,
        new Query.NodeDump(null),
        () -> {
          Predicate<QueryResult.NodeDump> filter = call.filter(DUMP);
          return result -> out -> UiJson.nodes(out, kept(result.nodes(), filter));
        });
  }

  @GET
  @Path("node")
  public Answer node() {
    Call call = Call.of(request);
    return new Answer(
        answers.read(
            call,
            new Query.NodeDump(named(call, "node name")),
            Metadata.WITH_CONSISTENCY,
            result -> {
              List<QueryResult.NodeDump> found = result.nodes();
              return found.isEmpty()
                  ? Reply.empty(404)
                  : Reply.json(call, out -> UiJson.node(out, found.get(0)));
            }));
  }

  @GET
  @Path("services")
  public Answer services() {
    Call call = Call.of(request);
    return answers.discover(
        call,
        new Query.ServiceDump(),
        () -> {
          Predicate<QueryResult.HealthInstance> filter = call.filter(CatalogShapes.HEALTH);
          String datacenter = answers.ourDatacenter();
          return result ->
              out ->
                  UiJson.services(
                      out, ServiceSummary.of(kept(result.instances(), filter)), datacenter);
        });
  }
}
