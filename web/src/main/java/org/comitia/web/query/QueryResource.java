package org.comitia.web.query;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.concurrent.CompletionStage;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;

/** {@code /v1/query}, and what lies below it. */
@ApplicationScoped
@Path("/v1/query")
public class QueryResource {
  @Inject Answers answers;
  @Inject QueryRequests requests;
  @Context HttpServletRequest request;

  @GET
  public CompletionStage<Response> get() {
    Call call = Call.of(request);
    return answers.response(call.endpoint().tree() ? requests.get(call) : requests.list(call));
  }

  @POST
  public CompletionStage<Response> create() {
    return answers.response(requests.create(Call.of(request)));
  }

  @PUT
  public CompletionStage<Response> update() {
    return answers.response(requests.update(Call.of(request)));
  }

  @DELETE
  public CompletionStage<Response> delete() {
    return answers.response(requests.delete(Call.of(request)));
  }
}
