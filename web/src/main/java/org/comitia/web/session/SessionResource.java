package org.comitia.web.session;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.function.Function;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Refusal;

/** {@code /v1/session}. */
@ApplicationScoped
@Path("/v1/session")
public class SessionResource {
  private static final Function<QueryResult.SessionList, Json.Body> AS_LIST =
      result -> out -> Sessions.list(out, result.sessions());

  @Inject Answers answers;
  @Inject SessionRequests requests;
  @Context HttpServletRequest request;

  @PUT
  @Path("create")
  public Answer create() {
    return new Answer(requests.create(Call.of(request)));
  }

  @PUT
  @Path("destroy")
  public Answer destroy() {
    return new Answer(requests.destroy(Call.of(request)));
  }

  @PUT
  @Path("renew")
  public Answer renew() {
    return new Answer(requests.renew(Call.of(request)));
  }

  @GET
  @Path("info")
  public Answer info() {
    Call call = Call.of(request);
    require(call, "Missing session");
    return answers.discover(
        call,
        new Query.SessionGet(Sessions.canonical(call.name())),
        Metadata.ON_ERRORS_TOO,
        () -> {
          Sessions.id(call.name());
          return AS_LIST;
        });
  }

  @GET
  @Path("node")
  public Answer node() {
    Call call = Call.of(request);
    require(call, "Missing node name");
    return list(call, new Query.NodeSessions(call.name()));
  }

  @GET
  @Path("list")
  public Answer list() {
    return list(Call.of(request), new Query.Sessions());
  }

  private Answer list(Call call, Query<QueryResult.SessionList> query) {
    return answers.discover(call, query, Metadata.ON_ERRORS_TOO, () -> AS_LIST);
  }

  private static void require(Call call, String missing) {
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest(missing);
    }
  }
}
