package org.comitia.web.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.comitia.state.Command;
import org.comitia.state.Service;
import org.comitia.web.http.Fields;
import org.junit.jupiter.api.Test;

class RegistrationTest {
  private static Fields fields(String json) {
    return Fields.of(json.getBytes(StandardCharsets.UTF_8));
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
  void aRemovalNamesWhatGoes() {
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\"}")))
        .isEqualTo(new Command.Deregister("n", null, null));
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\",\"ServiceID\":\"s\"}")))
        .isEqualTo(new Command.Deregister("n", "s", null));
    assertThat(Registration.readRemoval(fields("{\"Node\":\"n\",\"CheckID\":\"c\"}")))
        .isEqualTo(new Command.Deregister("n", null, "c"));
  }
}
