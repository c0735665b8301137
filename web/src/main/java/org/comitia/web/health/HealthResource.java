package org.comitia.web.health;

import static org.comitia.web.catalog.Discovery.kept;
import static org.comitia.web.catalog.Discovery.named;
import static org.comitia.web.catalog.Discovery.nodeMeta;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.function.Predicate;
import org.comitia.state.Check;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.catalog.CatalogShapes;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Refusal;

/** {@code /v1/health}: the checks of the catalog, and instances with their checks. */
@ApplicationScoped
@Path("/v1/health")
public class HealthResource {
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @GET
  @Path("node")
  public Answer node() {
    Call call = Call.of(request);
    return checks(call, new Query.NodeChecks(named(call, "node name")));
  }

  @GET
  @Path("checks")
  public Answer checks() {
    Call call = Call.of(request);
    return checks(call, new Query.ServiceChecks(named(call, "service name"), nodeMeta(call)));
  }

  @GET
  @Path("state")
  public Answer state() {
    Call call = Call.of(request);
    return checks(call, new Query.ChecksInState(named(call, "check state"), nodeMeta(call)));
  }

  private Answer checks(Call call, Query<QueryResult.Checks> query) {
    return answers.discoverNear(
        call,
        query,
        near -> {
          Predicate<Check> filter = call.filter(CatalogShapes.CHECK);
          return result ->
              out -> CheckJson.checks(out, near.sorted(kept(result.checks(), filter), Check::node));
        });
  }

  @GET
  @Path("service")
  public Answer service() {
    Call call = Call.of(request);
    return answers.discoverNear(
        call,
        new Query.ServiceHealth(
            named(call, "service name"),
            call.query().all("tag"),
            nodeMeta(call),
            passingOnly(call)),
        near -> {
          Predicate<QueryResult.HealthInstance> filter = call.filter(CatalogShapes.HEALTH);
          return result ->
              out ->
                  HealthJson.instances(
                      out,
                      near.sorted(
                          kept(result.instances(), filter), instance -> instance.node().name()));
        });
  }

  /** {@code ?passing}, with or without a truth value in one of Go's spellings. */
  private static boolean passingOnly(Call call) {
    if (!call.query().has("passing")) {
      return false;
    }
    return switch (call.query().get("passing")) {
      case "", "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default -> throw Refusal.badRequest("Invalid value for ?passing");
    };
  }
}
