package org.comitia.web.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeyringRequestsTest {
  private static final String KEY = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=";
  private static final String BODY = "{\"Key\": \"" + KEY + "\"}";

  private final List<String> asked = new ArrayList<>();
  private final MemoryAgent agent = new MemoryAgent();
  private final KeyringRequests requests =
      new KeyringRequests(new Answers(new MemoryCluster(), agent, Runnable::run), agent);

  private void answers(KeyringReply reply) {
    agent.keyring =
        (operation, key) -> {
          asked.add(operation + " " + Base64.getEncoder().encodeToString(key));
          return reply;
        };
  }

  private static KeyringReply reply(String error, Map<String, String> messages) {
    return new KeyringReply(null, messages, Map.of("b=", 2, "a=", 3), Map.of("a=", 3), 3, error);
  }

  private String carriedOut(KeyOperation operation, String query, String body, int status) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String path = "/v1/operator/keyring";
    Call call =
        new Call(
            Endpoint.at(path),
            "PUT",
            "",
            QueryString.parse(query),
            bytes,
            bytes.length,
            "127.0.0.1:4711",
            path);
    Reply given = requests.carryOut(call, operation).toCompletableFuture().join();
    String text = new String(given.body(), StandardCharsets.UTF_8);
    assertThat(given.status()).as(text).isEqualTo(status);
    return text;
  }

  @Test
  void aListHasTheOnePoolThatThereIs() {
    answers(reply("", Map.of()));
    assertThat(carriedOut(KeyOperation.LIST, "relay-factor=5&local-only=true", "", 200))
        .isEqualTo(
            "[{\"WAN\":false,\"Datacenter\":\"dc1\",\"Segment\":\"\",\"Keys\":{\"a=\":3,\"b=\":2},"
                + "\"PrimaryKeys\":{\"a=\":3},\"NumNodes\":3}]");
    assertThat(asked).containsExactly("LIST ");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LIST")
  void whatAllHaveDoneIsAnsweredWithNothing(KeyOperation operation) {
    answers(reply("", Map.of()));
    assertThat(carriedOut(operation, "relay-factor=0&local-only=false", BODY, 200)).isEmpty();
    assertThat(asked).containsExactly(operation + " " + KEY);
  }

  @Test
  void whoFailedIsNamedAsConsulDoes() {
    answers(
        reply("2/3 nodes reported failure", Map.of("n3", "no answer", "n1", "not in the keyring")));
    for (KeyOperation operation : KeyOperation.values()) {
      assertThat(carriedOut(operation, "", BODY, 500))
          .isEqualTo(
              "3 errors occurred:\n\t* dc1 (LAN) error: 2/3 nodes reported failure\n"
                  + "\t* n1: not in the keyring\n\t* n3: no answer\n\n");
    }
  }

  @Test
  void whatNobodyWasAskedIsSaid() {
    answers(KeyringReply.refused("keyring operations must run against a server node"));
    assertThat(carriedOut(KeyOperation.LIST, "", "", 500))
        .isEqualTo("keyring operations must run against a server node");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "relay-factor=6|400|Invalid relay-factor: Relay factor must be in range: [0, 5]",
        "relay-factor=x|400|Error parsing relay factor: strconv.Atoi: parsing \"x\": invalid syntax",
        "local-only=1|400|Invalid use of local-only: local-only can only be set for list requests",
        "local-only=x|400|Error parsing local-only: strconv.ParseBool: parsing \"x\": invalid syntax"
      })
  void whatIsWrongInTheQueryIsSaid(String query, int status, String text) {
    refused(query, BODY, status, text);
  }

  @Test
  void whatIsWrongInTheBodyIsSaidWithoutTheKey() {
    refused(
        "",
        BODY.replace("pUqJ", "pU-J"),
        500,
        "1 error occurred:\n\t* dc1 (LAN) error: illegal base64 data at input byte 2\n\n");
    refused("", "{\"Key\": 1}", 400, "Request decode failed: ");
    refused("", "", 400, "Request decode failed: ");
  }

  private void refused(String query, String body, int status, String text) {
    assertThatThrownBy(() -> carriedOut(KeyOperation.INSTALL, query, body, status))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(status))
        .hasMessageStartingWith(text)
        .hasMessageNotContaining("rVyVRj5");
    assertThat(asked).isEmpty();
  }
}
