package org.comitia.web.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.comitia.state.Command;
import org.comitia.state.Service;
import org.comitia.web.http.BodyType;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.junit.jupiter.api.Test;

class RegistrationTest {
  private static Fields fields(String json) {
    return Fields.of(json.getBytes(StandardCharsets.UTF_8), BodyType.ANY);
  }

  @Test
  void readsANodeAlone() {
    Command.Register register =
        Registration.read(
            fields(
                """
                {"ID":"40e4a748-2192-161a-0510-9bf59fe950b5","Node":"n","Address":"10.0.0.1",
                 "TaggedAddresses":{"lan":"10.0.0.1"},"NodeMeta":{"os":"linux"}}
                """),
            "dc1");
    assertThat(register.node().id()).isEqualTo("40e4a748-2192-161a-0510-9bf59fe950b5");
    assertThat(register.node().name()).isEqualTo("n");
    assertThat(register.node().address()).isEqualTo("10.0.0.1");
    assertThat(register.node().datacenter()).isEqualTo("dc1");
    assertThat(register.node().taggedAddresses()).isEqualTo(Map.of("lan", "10.0.0.1"));
    assertThat(register.node().meta()).isEqualTo(Map.of("os", "linux"));
    assertThat(register.skipNodeUpdate()).isFalse();
    assertThat(register.service()).isNull();
    assertThat(register.checks()).isEmpty();
  }

  @Test
  void readsAServiceWithItsDefaults() {
    Service service =
        Registration.read(fields("{\"Node\":\"n\",\"Service\":{\"Service\":\"web\"}}"), "dc1")
            .service();
    assertThat(service)
        .isEqualTo(
            new Service(
                "n", "web", "web", List.of(), "", Map.of(), Map.of(), 0, 1, 1, false, 0, 0));
  }

  @Test
  void readsAServiceInFull() {
    Service service =
        Registration.read(
                fields(
                    """
                    {"Node":"n","Service":{"ID":"web1","Service":"web","Tags":["a","b"],
                     "Address":"10.0.0.2","Port":80,"Meta":{"k":"v"},"EnableTagOverride":true,
                     "TaggedAddresses":{"wan":{"Address":"1.2.3.4","Port":8080}},
                     "Weights":{"Passing":5,"Warning":2}}}
                    """),
                "dc1")
            .service();
    assertThat(service)
        .isEqualTo(
            new Service(
                "n",
                "web1",
                "web",
                List.of("a", "b"),
                "10.0.0.2",
                Map.of("wan", new Service.ServiceAddress("1.2.3.4", 8080)),
                Map.of("k", "v"),
                80,
                5,
                2,
                true,
                0,
                0));
  }

  @Test
  void takesCheckAndChecks() {
    Command.Register register =
        Registration.read(
            fields(
                """
                {"Node":"n","Checks":[{"CheckID":"c1","Status":"passing"}],
                 "Check":{"Name":"c2","ServiceID":"web"}}
                """),
            "dc1");
    assertThat(register.checks()).extracting("id").containsExactly("c1", "c2");
    assertThat(register.checks()).extracting("node").containsExactly("n", "n");
    assertThat(register.checks()).extracting("status").containsExactly("passing", "critical");
    assertThat(register.checks().get(1).serviceId()).isEqualTo("web");
  }

  @Test
  void whatAServiceSaysAboutAMeshIsKeptAsConsulShowsIt() {
    Service service =
        Registration.read(
                fields(
                    """
                    {"Node":"n","Service":{"Service":"web-proxy","Kind":"connect-proxy","Port":1,
                     "Proxy":{"destination_service_name":"web","Config":{"a":[1,2.5,null]},
                      "Upstreams":[{"DestinationName":"db","LocalBindPort":5}],
                      "TransparentProxy":{},"Mode":""},
                     "Connect":{"Native":false}}}
                    """),
                "dc1")
            .service();
    assertThat(service.proxy())
        .isEqualTo(
            "{\"DestinationServiceName\":\"web\",\"Mode\":\"\",\"Config\":{\"a\":[1,2.5,null]},"
                + "\"Upstreams\":[{\"DestinationType\":\"\",\"DestinationName\":\"db\","
                + "\"Datacenter\":\"\",\"LocalBindPort\":5,\"MeshGateway\":{}}],"
                + "\"MeshGateway\":{},\"Expose\":{}}");
    assertThat(service.connect()).isEmpty();
  }

  @Test
  void anUpstreamThatIsNullIsAnEmptyOne() {
    Service service =
        Registration.read(
                fields(
                    "{\"Node\":\"n\",\"Service\":{\"Service\":\"p\",\"Proxy\":{\"Upstreams\":[null]}}}"),
                "dc1")
            .service();
    assertThat(service.proxy()).contains("[{\"DestinationType\":\"\",\"DestinationName\":\"\",");
  }

  @Test
  void aProxyNeedsADestinationAndAPort() {
    assertThatThrownBy(
            () ->
                Registration.read(
                    fields(
                        "{\"Node\":\"n\",\"Service\":{\"Service\":\"p\",\"Kind\":\"connect-proxy\"}}"),
                    "dc1"))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(500))
        .hasMessage(
            "2 errors occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy"
                + " services\n\t* Port or SocketPath must be set for a Connect proxy\n\n");
  }

  @Test
  void aServicesMetadataIsLookedAtBeforeItIsProposed() {
    assertThatThrownBy(
            () ->
                Registration.read(
                    fields(
                        "{\"Node\":\"n\",\"Service\":{\"Service\":\"m\",\"Meta\":{\"a.b\":\"x\"}}}"),
                    "dc1"))
        .hasMessage(
            "failed inserting service: Invalid Service Meta for node n and serviceID m: Couldn't"
                + " load metadata pair ('a.b', 'x'): Key contains invalid characters");
  }

  @Test
  void anEmptyServiceIsNone() {
    assertThat(Registration.read(fields("{\"Node\":\"n\",\"Service\":{}}"), "dc1").service())
        .isNull();
  }

  @Test
  void aChecksTypeIsThatOfItsDefinition() {
    Command.Register register =
        Registration.read(
            fields(
                """
                {"Node":"n","Checks":[
                 {"Name":"a","Definition":{"HTTP":"http://x","Interval":"10s"}},
                 {"Name":"b","Definition":{"TCP":"x:1","Interval":"10s"},"Type":"mine"},
                 {"Name":"c","Definition":{"TTL":"10s"}},
                 {"Name":"d","Definition":{"HTTP":"http://x"}}]}
                """),
            "dc1");
    assertThat(register.checks()).extracting("type").containsExactly("http", "mine", "ttl", "");
  }

  @Test
  void aRemovalNamesWhatGoes() {
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\"}")))
        .isEqualTo(new Command.Deregister("n", null, null));
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\",\"ServiceID\":\"s\"}")))
        .isEqualTo(new Command.Deregister("n", "s", null));
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\",\"CheckID\":\"c\"}")))
        .isEqualTo(new Command.Deregister("n", null, "c"));
  }
}
