package org.comitia.web.health;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.state.QueryResult;
import org.comitia.web.catalog.CatalogJson;

/** Instances with their checks as Consul writes them. */
public final class HealthJson {
  private HealthJson() {}

  public static void instances(JsonGenerator out, List<QueryResult.HealthInstance> instances)
      throws IOException {
    out.writeStartArray();
    for (QueryResult.HealthInstance instance : instances) {
      out.writeStartObject();
      out.writeFieldName("Node");
      CatalogJson.node(out, instance.node());
      out.writeFieldName("Service");
      CatalogJson.nodeService(out, instance.service());
      out.writeFieldName("Checks");
      CheckJson.checks(out, instance.checks());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
