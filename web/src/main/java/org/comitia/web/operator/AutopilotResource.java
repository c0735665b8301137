package org.comitia.web.operator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;

/** {@code /v1/operator/autopilot}: how the leader looks after the servers, and how they are. */
@ApplicationScoped
@Path("/v1/operator/autopilot")
public class AutopilotResource {
  @Inject AutopilotRequests requests;
  @Context HttpServletRequest request;

  @GET
  @Path("configuration")
  public Answer configuration() {
    return new Answer(requests.configuration(Call.of(request)));
  }

  @PUT
  @Path("configuration")
  public Answer set() {
    return new Answer(requests.set(Call.of(request)));
  }

  @GET
  @Path("health")
  public Answer health() {
    return new Answer(requests.health(Call.of(request)));
  }

  @GET
  @Path("state")
  public Answer state() {
    return new Answer(requests.state(Call.of(request)));
  }
}
