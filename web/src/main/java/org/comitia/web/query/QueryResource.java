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
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;

/** {@code /v1/query}, and what lies below it. */
@ApplicationScoped
@Path("/v1/query")
public class QueryResource {
  @Inject QueryRequests requests;
  @Context HttpServletRequest request;

  @GET
  public Answer get() {
    Call call = Call.of(request);
    return new Answer(call.endpoint().tree() ? requests.get(call) : requests.list(call));
  }

  @POST
  public Answer create() {
    return new Answer(requests.create(Call.of(request)));
  }

  @PUT
  public Answer update() {
    return new Answer(requests.update(Call.of(request)));
  }

  @DELETE
  public Answer delete() {
    return new Answer(requests.delete(Call.of(request)));
  }
}
