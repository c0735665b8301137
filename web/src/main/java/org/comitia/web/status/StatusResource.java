package org.comitia.web.status;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.function.Function;
import org.comitia.cluster.Cluster;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Reply;

/** {@code /v1/status}: leader and peers as this server knows them. */
@ApplicationScoped
@Path("/v1/status")
public class StatusResource {
  @Inject Answers answers;
  @Inject Cluster cluster;
  @Context HttpServletRequest request;

  @GET
  @Path("leader")
  public Answer leader() {
    return status(status -> out -> out.writeString(status.leader().orElse("")));
  }

  @GET
  @Path("peers")
  public Answer peers() {
    return status(
        status ->
            out -> {
              out.writeStartArray();
              for (String peer : status.peers()) {
                out.writeString(peer);
              }
              out.writeEndArray();
            });
  }

  private Answer status(Function<Cluster.StatusAnswer, Json.Body> body) {
    Call call = Call.of(request);
    answers.requireOurDatacenter(call.query().get("dc"));
    return new Answer(
        answers.later(
            call,
            cluster.status(),
            status ->
                status.failure() == null
                    ? Reply.json(call, body.apply(status))
                    : Outcomes.failed(call, status.failure(), null)));
  }
}
