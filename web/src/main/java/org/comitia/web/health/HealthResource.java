package org.comitia.web.health;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.concurrent.CompletionStage;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/health}: the checks of the catalog. */
@RequestScoped
@Path("/v1/health")
public class HealthResource {
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @GET
  @Path("node")
  public CompletionStage<Response> node() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing node name");
    }
    return answers.response(
        answers.read(
            call,
            new Query.NodeChecks(call.name()),
            Metadata.WITH_CONSISTENCY,
            result ->
                Reply.json(
                    call, out -> CheckJson.checks(out, ((QueryResult.Checks) result).checks()))));
  }
}
