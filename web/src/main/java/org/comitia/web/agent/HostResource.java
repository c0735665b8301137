package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.Map;
import org.comitia.agent.Agent;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Reply;

/** {@code /v1/agent/version} and {@code /v1/agent/host}: what runs here, and on what. */
@ApplicationScoped
@Path("/v1/agent")
public class HostResource {
  @Inject Agent agent;
  @Context HttpServletRequest request;

  @GET
  @Path("version")
  public Answer version() {
    Map<String, Object> config = agent.self().config();
    return Answer.of(
        Reply.json(
            Call.of(request),
            out -> {
              out.writeStartObject();
              Json.text(out, "SHA", (String) config.get("Revision"));
              // Not known to the program: its jars carry one fixed date, so that builds are alike.
              Json.text(out, "BuildDate", "");
              Json.text(out, "HumanVersion", (String) config.get("Version"));
              Json.text(out, "FIPS", "");
              out.writeEndObject();
            }));
  }

  @GET
  @Path("host")
  public Answer host() {
    HostFacts facts = HostFacts.now();
    return Answer.of(Reply.json(Call.of(request), facts::write));
  }
}
