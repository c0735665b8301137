package org.comitia.web.health;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.comitia.state.Check;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
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
                Reply.json(call, out -> checks(out, ((QueryResult.Checks) result).checks()))));
  }

  static void checks(JsonGenerator out, List<Check> checks) throws IOException {
    out.writeStartArray();
    for (Check check : checks) {
      check(out, check);
    }
    out.writeEndArray();
  }

  private static void check(JsonGenerator out, Check check) throws IOException {
    out.writeStartObject();
    Json.text(out, "Node", check.node());
    Json.text(out, "CheckID", check.id());
    Json.text(out, "Name", check.name());
    Json.text(out, "Status", check.status());
    Json.text(out, "Notes", check.notes());
    Json.text(out, "Output", check.output());
    Json.text(out, "ServiceID", check.serviceId());
    Json.text(out, "ServiceName", check.serviceName());
    Json.texts(out, "ServiceTags", check.serviceTags());
    Json.text(out, "Type", check.type());
    out.writeStringField("Interval", "");
    out.writeStringField("Timeout", "");
    out.writeNumberField("ExposedPort", 0);
    out.writeObjectFieldStart("Definition");
    out.writeEndObject();
    Json.unsigned(out, "CreateIndex", check.createIndex());
    Json.unsigned(out, "ModifyIndex", check.modifyIndex());
    out.writeEndObject();
  }
}
