package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodiesTest {
  private static Fields read(BodyType type, String json) {
    return Fields.of(json.getBytes(StandardCharsets.UTF_8), type);
  }

  private static void assertRefused(BodyType type, String json, String why) {
    assertThatThrownBy(() -> read(type, json))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessage("Request decode failed: " + why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'Node':'n','Bogus':1} | json: unknown field \"Bogus\"",
        "{'Service':{'Nmae':'x'}} | json: unknown field \"Nmae\"",
        "{'Check':{'Definition':{'Htpp':'x'}}} | json: unknown field \"Htpp\"",
        "{'Service':{'Proxy':{'Upstream':[]}}} | json: unknown field \"Upstream\"",
        "{'Namespace':'a'}"
            + " | json: unknown field \"Namespace\" - Namespaces are a Consul Enterprise feature",
        "{'Partition':'a'}"
            + " | json: unknown field \"Partition\" - Partitions are a Consul Enterprise feature",
        "{'Service':{'Weights':{'passing':'5'}}} | json: cannot unmarshal string into Go struct"
            + " field Weights.Service.Weights.Passing of type int",
        "{'NodeMeta':{'n':1}} | json: cannot unmarshal number into Go struct field"
            + " RegisterRequest.NodeMeta of type string",
        "{'service':[]} | json: cannot unmarshal array into Go struct field"
            + " RegisterRequest.Service of type structs.NodeService",
        "{'Service':{'TaggedAddresses':{'lan':'x'}}} | json: cannot unmarshal string into Go struct"
            + " field NodeService.Service.TaggedAddresses of type structs.ServiceAddress",
        "{'Service':{'Proxy':{'LocalServicePort':'x'}}} | json: cannot unmarshal string into Go"
            + " struct field NodeService.Service.Proxy of type int",
        "{'Check':{'Definition':{'Interval':'5'}}} | time: missing unit in duration \"5\"",
        "{'Service':{'Proxy':{'Config':{'a':[1e999]}}}} | json: cannot unmarshal number into Go struct"
            + " field NodeService.Service.Proxy of type float64",
        "[] | json: cannot unmarshal array into Go value of type structs.RegisterRequest"
      })
  void aRegistrationIsReadStrictly(String json, String why) {
    assertRefused(Bodies.REGISTER, json.replace('\'', '"'), why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'Name':'a','Port':80.5} | json: cannot unmarshal number 80.5 into Go struct field .Port"
            + " of type int",
        "{'Check':{'args':'true'}} | json: cannot unmarshal string into Go struct field .Check of"
            + " type []string",
        "{'Check':{'ttl':''}} | time: invalid duration \"\"",
        "{'Check':{'ID':'x'}} | json: unknown field \"ID\"",
        "{'Check':{'check_id':'x'}} | json: unknown field \"check_id\"",
        "{'Checks':{'ttl':'1h'}} | json: cannot unmarshal object into Go struct field .Checks of"
            + " type structs.CheckTypes"
      })
  void aServiceOfTheAgentIsReadStrictly(String json, String why) {
    assertRefused(Bodies.AGENT_SERVICE, json.replace('\'', '"'), why);
  }

  @Test
  void everySpellingOfAFieldThatConsulTakesIsTaken() {
    Fields service =
        read(
            Bodies.AGENT_SERVICE,
            """
            {"name":"a","tagged_addresses":{"lan":{"address":"1.1.1.1","port":1}},
             "Tagged_Addresses":null,"enable_tag_override":true,"weights":{"passing":1},
             "check":{"script_args":["x"],"tls_skip_verify":true,"service_id":"s",
                      "deregister_critical_service_after":"1m"}}
            """);
    assertThat(service.text("Name")).isEqualTo("a");
    assertThat(service.flag("enable_tag_override")).isTrue();
    assertThat(service.fields("Check").texts("script_args")).isEqualTo(List.of("x"));
  }

  @Test
  void theLastOfTwoSpellingsCounts() {
    assertThat(read(Bodies.AGENT_SERVICE, "{\"Name\":\"a\",\"name\":\"b\"}").text("Name"))
        .isEqualTo("b");
    assertThat(read(Bodies.AGENT_SERVICE, "{\"Name\":\"a\",\"name\":null}").text("Name"))
        .isEqualTo("a");
  }

  @Test
  void aTransactionsDefinitionTakesWhatItDoesNotKnow() {
    byte[] body =
        "[{\"Check\":{\"Verb\":\"set\",\"Check\":{\"Definition\":{\"X\":1,\"TCP\":\"a:1\"}}}}]"
            .getBytes(StandardCharsets.UTF_8);
    Fields op = Fields.listOf(body, Bodies.TXN_OP, "", count -> {}).get(0);
    Fields definition = op.fields("Check").fields("Check").fields("Definition");
    assertThat(definition.text("TCP")).isEqualTo("a:1");
    assertThat(definition.value("X")).isNull();
  }
}
