package org.comitia.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

class ApiSpellingTest {
  private static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readObject();
    }
  }

  @Test
  void aFilesNamesBecomeTheApis() {
    assertThat(
            ApiSpelling.of(
                json(
                    """
                    {"id":"a","name":"b","tagged_addresses":{"lan":{"address":"x"}},"socket_path":"/s",
                     "check":{"id":"c","script_args":["x"],"success_before_passing":2,"ttl":"1s"},
                     "checks":{"check_id":"d","tls_skip_verify":true},"bogus_field":1}
                    """)))
        .isEqualTo(
            json(
                """
                {"ID":"a","Name":"b","TaggedAddresses":{"lan":{"address":"x"}},"SocketPath":"/s",
                 "Check":{"CheckID":"c","ScriptArgs":["x"],"SuccessBeforePassing":2,"TTL":"1s"},
                 "Checks":[{"CheckID":"d","TLSSkipVerify":true}],"bogus_field":1}
                """));
  }
}
