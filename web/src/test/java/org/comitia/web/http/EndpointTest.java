package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @CsvSource({
    "/v1/kv/, /v1/kv/",
    "/v1/kv/a/b, /v1/kv/",
    "/v1/kv/v1/agent/self, /v1/kv/",
    "/v1/agent/self, /v1/agent/self",
    "/v1/agent/join/1.2.3.4, /v1/agent/join/",
    "/v1/catalog/node/n, /v1/catalog/node/",
    "/v1/catalog/nodes, /v1/catalog/nodes",
    "/v1/catalog/services, /v1/catalog/services",
    "/v1/catalog/service/s, /v1/catalog/service/",
  })
  void findsThePattern(String path, String pattern) {
    assertThat(Endpoint.at(path).pattern()).isEqualTo(pattern);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/v1", "/v1/kv", "/v1/kvx", "/v1/agent/self/", "/v1/catalog/node", "/V1/kv/"})
  void knowsNothingElse(String path) {
    assertThat(Endpoint.at(path)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/kv/x|OPTIONS,GET,PUT,DELETE",
        "/v1/agent/self|OPTIONS,GET",
        "/v1/agent/leave|OPTIONS,PUT"
      })
  void tellsWhatIsAllowed(String path, String allow) {
    assertThat(Endpoint.at(path).allow()).isEqualTo(allow);
  }
}
