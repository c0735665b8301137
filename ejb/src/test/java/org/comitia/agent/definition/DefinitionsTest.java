package org.comitia.agent.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.comitia.agent.check.CheckSpec;
import org.comitia.state.Service;
import org.comitia.state.Service.ServiceAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionsTest {
  @TempDir private Path folder;

  private Path file(String name, String json) throws IOException {
    return Files.writeString(folder.resolve(name), json);
  }

  private Map<String, Object> tree(String json) throws Exception {
    return DefinitionJson.read(file("tree.json", json));
  }

  private ServiceRegistration service(String json) throws Exception {
    return Definitions.service("n1", tree(json));
  }

  private String refusal(String json) {
    return catchThrowable(() -> service(json)).getMessage();
  }

  @Test
  void whatTheCatalogWouldRefuseForItsLengthIsRefusedAtOnce() throws Exception {
    String most = "n".repeat(1_024);
    String ttl = "\"TTL\": \"10s\"";
    assertThat(service("{\"Name\": \"" + most + "\"}").service().name()).hasSize(1_024);
    assertThat(refusal("{\"Name\": \"" + most + "n\"}"))
        .isEqualTo("Invalid service: the service's name is longer than 1024 bytes");
    assertThat(refusal("{\"Name\": \"a\", \"ID\": \"" + most + "n\"}"))
        .isEqualTo("Invalid service: the service's id is longer than 1024 bytes");
    String check = "{\"CheckID\": \"" + most + "n\", " + ttl + "}";
    assertThat(refusal("{\"Name\": \"a\", \"Check\": " + check + "}"))
        .isEqualTo("Invalid check: the check's id is longer than 1024 bytes");
    String alone = "{\"ID\": \"a\", \"Name\": \"" + most + "n\", " + ttl + "}";
    assertThatThrownBy(() -> Definitions.check(tree(alone)))
        .hasMessage("Invalid check: the check's name is longer than 1024 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[null]", "{}", "7", "[\"a\", false]"})
  void aHeaderOfACheckIsAListOfTexts(String header) {
    String check =
        "{\"HTTP\": \"http://x\", \"Interval\": \"1s\", \"Header\": {\"A\": " + header + "}}";
    assertThat(refusal("{\"Name\": \"web\", \"Check\": " + check + "}"))
        .contains("Header", "a map of lists of strings");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"ID": "w1", "Name": "web", "Tags": ["a", "b"], "Address": "10.0.0.1", "Port": 80,
         "TaggedAddresses": {"lan": {"Address": "10.0.0.2", "Port": 81}}, "Meta": {"A_b": "1"},
         "EnableTagOverride": true, "Weights": {"Passing": 5, "Warning": 2},
         "Check": {"CheckID": "c", "HTTP": "http://x", "Interval": "10s", "Timeout": 1000000000,
          "TLSSkipVerify": true, "Header": {"X-A": ["1", "2"]},
          "DeregisterCriticalServiceAfter": "90m", "FailuresBeforeCritical": 3}}
        """,
        """
        {"id": "w1", "name": "web", "tags": ["a", "b"], "address": "10.0.0.1", "port": 80,
         "tagged_addresses": {"lan": {"address": "10.0.0.2", "port": 81}}, "meta": {"A_b": "1"},
         "enable_tag_override": true, "weights": {"passing": 5, "warning": 2},
         "checks": [{"check_id": "c", "http": "http://x", "interval": "10s", "timeout": "1s",
          "tls_skip_verify": true, "header": {"X-A": ["1", "2"]}, "unknown": {"a": 1},
          "deregister_critical_service_after": "90m", "failures_before_critical": 3}]}
        """
      })
  void bothSpellingsAreOne(String json) throws Exception {
    ServiceRegistration registration = service(json);

    assertThat(registration.service())
        .isEqualTo(
            new Service(
                "n1",
                "w1",
                "web",
                List.of("a", "b"),
                "10.0.0.1",
                Map.of(
                    "lan",
                    new ServiceAddress("10.0.0.2", 81),
                    "lan_ipv4",
                    new ServiceAddress("10.0.0.1", 80),
                    "wan_ipv4",
                    new ServiceAddress("10.0.0.1", 80)),
                Map.of("A_b", "1"),
                80,
                5,
                2,
                true,
                0,
                0));
    CheckSpec check = registration.checks().get(0);
    assertThat(check.id()).isEqualTo("c");
    assertThat(check.name()).isEqualTo("Service 'web' check");
    assertThat(check.serviceId()).isEqualTo("w1");
    assertThat(check.interval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(check.timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(check.header()).isEqualTo(Map.of("X-A", List.of("1", "2")));
    assertThat(check.tlsSkipVerify()).isTrue();
    assertThat(check.deregisterCriticalServiceAfter()).isEqualTo(Duration.ofMinutes(90));
    assertThat(check.failuresBeforeWarning()).as("as many as before critical").isEqualTo(3);
  }

  @Test
  void whatIsLeftOutHasConsulsDefaults() throws Exception {
    ServiceRegistration registration =
        service("{\"Name\":\"web\",\"Checks\":[{\"TTL\":\"1s\"},{\"TTL\":\"2s\",\"Name\":\"n\"}]}");

    assertThat(registration.service().id()).isEqualTo("web");
    assertThat(registration.service().weightPassing()).isEqualTo(1);
    assertThat(registration.checks())
        .extracting(CheckSpec::id)
        .containsExactly("service:web:1", "service:web:2");
    assertThat(registration.checks().get(1).name()).isEqualTo("n");
    assertThat(service("{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\"}}").checks().get(0).id())
        .isEqualTo("service:a");
    assertThat(service("{\"Name\":\"a\",\"Check\":{},\"Connect\":{\"Native\":false}}").checks())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|Missing service name",
        "{'ID':'a'}|Missing service name",
        "{'Name':'a','Address':'0.0.0.0'}|Invalid service address",
        "{'Name':'a','Port':'80'}|Request decode failed: field \"Port\" must be an integer",
        "{'Name':'a','Port':99999999999}|Request decode failed: field \"Port\" must be an integer",
        "{'Name':'a','Tags':[1]}|Request decode failed: field \"Tags\" must be a list of strings",
        "{'Name':'a','Check':{'TTL':'x'}}|Request decode failed: field \"Check.TTL\": time: invalid duration \"x\" (write for example 30s or 1m30s)",
        "{'Name':'a','Check':{'Notes':'x'}}|Invalid check: TTL must be > 0 for TTL checks",
        "{'Name':'a','Check':{'HTTP':'u'}}|Invalid check: Interval must be > 0 for Script, HTTP, H2PING, or TCP checks",
        "{'Name':'a','Check':{'TTL':'1s','Status':'x'}}|Status for checks must 'passing', 'warning', 'critical'",
        "{'Name':'a','Weights':{'Passing':0}}|Invalid Weights: Passing must be greater than 0",
        "{'Name':'a','Weights':{'Passing':70000}}|Invalid Weights: DNS Weight must be between 0 and 65535",
        "{'Name':'a','Meta':{'a b':'1'}}|Invalid Service Meta: Couldn't load metadata pair ('a b', '1'): Key contains invalid characters",
        "{'Name':'a','Kind':'connect-proxy'}|COM5014: Invalid service: Kind is for a service mesh, which this agent does not have; leave it out",
        "{'Name':'a','Connect':{'SidecarService':{}}}|COM5014: Invalid service: Connect.SidecarService is for a service mesh, which this agent does not have; leave it out",
        "{'Name':'a','Connect':{'Native':true}}|COM5014: Invalid service: Connect.Native is for a service mesh, which this agent does not have; leave it out",
        "{'Name':'a','Connect':{'SidecarService':{'Port':1}}}|COM5014: Invalid service: Connect.SidecarService is for a service mesh, which this agent does not have; leave it out",
      },
      quoteCharacter = '`')
  void refusalsAreConsuls(String json, String text) {
    assertThat(refusal(json.replace('\'', '"'))).isEqualTo(text);
  }

  @Test
  void aServicesOwnAddressIsAmongTheTaggedOnes() throws Exception {
    assertThat(
            service("{\"Name\":\"a\",\"Address\":\"fe80::1\",\"Port\":5}")
                .service()
                .taggedAddresses())
        .isEqualTo(
            Map.of(
                "lan_ipv6", new ServiceAddress("fe80::1", 5),
                "wan_ipv6", new ServiceAddress("fe80::1", 5)));
    assertThat(
            service(
                    "{\"Name\":\"a\",\"Address\":\"1.2.3.4\",\"Tagged_Addresses\":{\"lan_ipv4\":{\"Address\":\"4.3.2.1\"}}}")
                .service()
                .taggedAddresses())
        .isEqualTo(
            Map.of(
                "lan_ipv4", new ServiceAddress("4.3.2.1", 0),
                "wan_ipv4", new ServiceAddress("1.2.3.4", 0)));
    assertThat(service("{\"Name\":\"a\",\"Address\":\"web.local\"}").service().taggedAddresses())
        .isEmpty();
  }

  @Test
  void aKindThatIsNoMeshsIsKept() throws Exception {
    assertThat(service("{\"Name\":\"a\",\"Kind\":\"typical\"}").service().kind())
        .isEqualTo("typical");
  }

  @Test
  void metadataIsLimited() {
    String many =
        IntStream.range(0, 65)
            .mapToObj(i -> "\"k" + i + "\":\"\"")
            .collect(Collectors.joining(","));
    assertThat(refusal("{\"Name\":\"a\",\"Meta\":{" + many + "}}"))
        .endsWith("cannot contain more than 64 key/value pairs");
    assertThat(refusal("{\"Name\":\"a\",\"Meta\":{\"k\":\"" + "v".repeat(513) + "\"}}"))
        .endsWith("Value is too long (limit: 512 characters)");
    assertThat(refusal("{\"Name\":\"a\",\"Meta\":{\"" + "k".repeat(129) + "\":\"\"}}"))
        .endsWith("Key is too long (limit: 128 characters)");
  }

  @ParameterizedTest
  @CsvSource({
    "lan_ipv4, 10.0.0.1, true",
    "lan_ipv4, ::1, false",
    "wan_ipv4, host, false",
    "wan_ipv4, 10.0.0.256, false",
    "lan_ipv6, ::1, true",
    "wan_ipv6, 10.0.0.1, false",
    "other, anything, true",
  })
  void taggedAddressesOfAFamilyAreOfThatFamily(String tag, String address, boolean taken)
      throws Exception {
    Service service =
        service(
                "{\"Name\":\"a\",\"TaggedAddresses\":{\"%s\":{\"Address\":\"%s\"}}}"
                    .formatted(tag, address))
            .service();

    assertThat(Definitions.addressRefusal(service) == null).isEqualTo(taken);
  }

  @Test
  void whatIsSavedIsReadAsTheSame() throws Exception {
    ServiceRegistration all =
        service(
            """
            {"Name": "web", "Tags": ["a"], "Port": 1, "SocketPath": "/s", "Meta": {"k": "v"},
             "TaggedAddresses": {"x": {"Address": "h", "Port": 2}}, "EnableTagOverride": true,
             "Weights": {"Passing": 2, "Warning": 0},
             "Checks": [
              {"HTTP": "http://x", "Interval": "1500ms", "Header": {"A": ["b"]}, "Method": "POST",
               "Body": "b", "DisableRedirects": true, "TLSServerName": "s", "SuccessBeforePassing": 2,
               "FailuresBeforeWarning": 1, "FailuresBeforeCritical": 3, "OutputMaxSize": 9},
              {"TTL": "1m", "Status": "passing", "Notes": "n", "DeregisterCriticalServiceAfter": "2m"},
              {"H2PING": "h:1", "H2PingUseTLS": false, "Interval": "5s", "Timeout": "3s"},
              {"GRPC": "h:1/s", "GRPCUseTLS": true, "Interval": "5s"},
              {"AliasNode": "n", "AliasService": "s"}, {"Args": ["a", "b"], "Interval": "5s"},
              {"TCP": "h:1", "Interval": "5s"}, {"UDP": "h:1", "Interval": "5s"}]}
            """);

    assertThat(service(DefinitionJson.json(all.service()).toString()).service())
        .isEqualTo(all.service());
    assertThat(all.checks()).hasSize(8);
    for (CheckSpec check : all.checks()) {
      assertThat(Definitions.check(tree(DefinitionJson.json(check).toString()))).isEqualTo(check);
    }
  }

  @Test
  void filesAreReadInOrderAndOtherKeysAreForOthers() throws Exception {
    file("b.json", "{\"check\": {\"name\": \"disk\", \"ttl\": \"1s\"}, \"server\": true}");
    file(
        "a.json",
        "{\"services\": [{\"name\": \"x\"}, {\"name\": \"y\"}], \"service\": {\"name\": \"z\"}}");
    file("ignored.hcl", "services {}");

    DefinitionFiles.Content content = DefinitionFiles.read("n1", List.of(folder));

    assertThat(content.services())
        .extracting(s -> s.service().name())
        .containsExactly("z", "x", "y");
    assertThat(content.checks()).extracting(CheckSpec::id).containsExactly("disk");
  }

  @Test
  void aWrongFileIsNamed() throws Exception {
    Path bad = file("bad.json", "{\"service\": {\"port\": 1}}");
    Path broken = file("broken.json", "{");
    Path twice = file("twice.json", "{\"services\": [{\"name\": \"x\"}, {\"name\": \"X\"}]}");
    Path missing = folder.resolve("missing.json");

    for (Object[] one :
        List.of(
            new Object[] {bad, bad + ": Missing service name"},
            new Object[] {broken, broken + ": it is no JSON object"},
            new Object[] {twice, twice + ": COM5013: service \"x\" is defined twice"},
            new Object[] {missing, "cannot read " + missing + ": no such file or directory"})) {
      assertThatThrownBy(() -> DefinitionFiles.read("n1", List.of((Path) one[0])))
          .isInstanceOf(InvalidDefinitionException.class)
          .hasMessageStartingWith((String) one[1]);
    }
  }
}
