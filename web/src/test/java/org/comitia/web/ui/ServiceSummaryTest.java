package org.comitia.web.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.comitia.state.Check;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.http.Json;
import org.junit.jupiter.api.Test;

class ServiceSummaryTest {
  private static QueryResult.HealthInstance instance(
      String node, String id, List<String> tags, String status) {
    return new QueryResult.HealthInstance(
        new Node("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
        new Service(
            node,
            id,
            "web",
            tags,
            "",
            Map.of(),
            Map.of("external-source", "kubernetes"),
            80,
            1,
            1,
            false,
            0,
            0),
        List.of(check(node, "serfHealth", "passing"), check(node, id, status)));
  }

  private static Check check(String node, String id, String status) {
    return new Check(node, id, id, status, "", "", "", "", List.of(), "", 0, 0);
  }

  @Test
  void aNodesCheckCountsOnceHoweverManyInstancesAreOnIt() throws Exception {
    Collection<ServiceSummary> services =
        ServiceSummary.of(
            List.of(
                instance("b", "web-1", List.of("v1"), "passing"),
                instance("b", "web-2", List.of("v2", "v1"), "warning"),
                instance("a", "web-1", List.of(), "critical")));
    byte[] json = Json.bytes(false, out -> UiJson.services(out, services, "dc1"));
    assertThat(new String(json))
        .isEqualTo(
            "[{\"Name\":\"web\",\"Datacenter\":\"dc1\",\"Tags\":[\"v1\",\"v2\"],\"Nodes\":[\"a\",\"b\"],"
                + "\"ExternalSources\":[\"kubernetes\"],\"InstanceCount\":3,\"ChecksPassing\":3,"
                + "\"ChecksWarning\":1,\"ChecksCritical\":1,\"GatewayConfig\":{},"
                + "\"TransparentProxy\":false,\"ConnectNative\":false,\"ConnectedWithProxy\":false,"
                + "\"ConnectedWithGateway\":false}]");
  }
}
