package org.comitia.web.agent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.agent.Telemetry;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.PrometheusText;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/agent/metrics}: the figures of the last whole ten seconds. */
@ApplicationScoped
@Path("/v1/agent/metrics")
public class MetricsResource {
  private static final String OPEN_METRICS = "application/openmetrics-text";

  @Inject Telemetry telemetry;
  @Context HttpServletRequest request;

  @GET
  public Answer metrics() {
    Call call = Call.of(request);
    if (!call.query().get("format").equals("prometheus")
        && !call.wishes().accept().contains(OPEN_METRICS)) {
      return Answer.of(Reply.json(call, out -> MetricsJson.write(out, Metrics.report())));
    }
    if (!telemetry.showsPrometheus()) {
      throw new Refusal(415, "Prometheus is not enabled since its retention time is not positive");
    }
    return Answer.of(Reply.text(200, PrometheusText.of(Metrics.report(), "consul")));
  }
}
