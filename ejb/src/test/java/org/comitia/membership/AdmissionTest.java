package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.comitia.membership.Admission.Kind;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloResponse;
import org.comitia.wire.proto.Id128;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission =
      new Admission(agent(1, "a", "dc1").build(), Map.of(), Map.of());

  private static AgentIdentity.Builder agent(long id, String name, String datacenter) {
    return AgentIdentity.newBuilder()
        .setName(name)
        .setDatacenter(datacenter)
        .setNodeId(Id128.newBuilder().setLow(id))
        .setInstance(Id128.newBuilder().setLow(id));
  }

  @Test
  void aNameThatNoAgentHasIsNotQuoted() {
    for (String name : new String[] {"b\n2026-01-01 a line of its own", "b".repeat(129), ""}) {
      Admission.Refusal refusal = admission.refusal(agent(2, name, "dc2").build());
      assertThat(refusal.kind()).isEqualTo(Kind.UNREADABLE);
      assertThat(refusal.text()).isEqualTo("COM2002: the other agent does not say who it is");
    }
  }

  @Test
  void aDatacenterIsQuotedAsOneLineOf128Characters() {
    String datacenter = "dc2\n\u001b[2J" + "x".repeat(1 << 20);
    assertThat(admission.refusal(agent(2, "b", datacenter).build()).text())
        .startsWith("Member 'b' part of wrong datacenter 'dc2\\n\\u001b[2Jxxx")
        .endsWith("xxx...'")
        .hasSizeLessThan(200);
    assertThat(admission.refusal(agent(2, "b", "d".repeat(128)).build()).text())
        .endsWith("'" + "d".repeat(128) + "'");
  }

  @Test
  void theRefusalOfAnotherIsQuotedAsOneLineOf1024Characters() {
    HelloResponse.Builder response = HelloResponse.newBuilder();
    assertThat(HelloExchange.theirs(response.build())).isNull();
    response.setRefusal("no\n" + "x".repeat(2000));
    assertThat(HelloExchange.theirs(response.build()))
        .isEqualTo("refused by it: no\\n" + "x".repeat(1020) + "...");
  }
}
