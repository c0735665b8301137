package org.comitia.cli.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against an HTTP server that speaks the documented JSON. */
class KeyringCommandTest {
  private static final String PATH = "/v1/operator/keyring";
  private static final String KEY = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=";

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  private int run(String... options) {
    String[] args = new String[options.length + 3];
    args[0] = "keyring";
    args[1] = "-http-addr";
    args[2] = agent.address();
    System.arraycopy(options, 0, args, 3, options.length);
    return command.run(args);
  }

  @Test
  void theKeysAreListedAsConsulDoes() {
    agent.answers(
        "GET " + PATH,
        "[{\"WAN\":false,\"Datacenter\":\"dc1\",\"Segment\":\"\",\"Messages\":{\"n2\":\"slow\"},"
            + "\"Keys\":{\"b=\":2,\"a=\":3},\"PrimaryKeys\":{\"a=\":3},\"NumNodes\":3}]");
    assertThat(run("-list", "-local-only")).isZero();
    assertThat(command.out())
        .isEqualTo(
            """
            ==> Gathering installed encryption keys...

            dc1 (LAN):
              ===> n2: slow
              b= [2/3]
              a= [3/3]
            """);
    assertThat(run("-list-primary")).isZero();
    assertThat(command.out())
        .endsWith(
            """
            ==> Gathering installed primary encryption keys...

            dc1 (LAN):
              ===> n2: slow
              a= [3/3]
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "install, POST, Installing new gossip encryption key...",
    "use, PUT, Changing primary gossip encryption key...",
    "remove, DELETE, Removing gossip encryption key..."
  })
  void eachChangeIsOneRequest(String option, String method, String said) {
    agent
        .answers(method + " " + PATH, "")
        .answers(method + " " + PATH, 500, "1 error occurred:\n\t* n2: no\n\n", 0);
    assertThat(run("-" + option + "=" + KEY)).as(command.err()).isZero();
    assertThat(command.out()).isEqualTo("==> " + said + "\n");
    assertThat(agent.bodies()).containsExactly("{\"Key\":\"" + KEY + "\"}");

    assertThat(run("-" + option, KEY)).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("error: Unexpected response code: 500 (1 error occurred:\n\t* n2: no)\n");
  }

  @Test
  void oneActionIsNeeded() {
    assertThat(run("-list", "-use=" + KEY)).isEqualTo(1);
    assertThat(command.err()).isEqualTo("Only a single action is allowed\n");
    assertThat(run("-relay-factor=6", "-list")).isEqualTo(1);
    assertThat(run("-local-only", "-use=" + KEY)).isEqualTo(1);
    assertThat(command.err())
        .contains("Relay factor must be in range: [0, 5]")
        .contains("local-only can only be set for list requests");
    assertThat(run()).isEqualTo(1);
    assertThat(command.err()).contains("-install", "-use", "-remove", "-list");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void anAnswerOfSomebodyElseIsToldAsSuch() {
    agent.answers("GET " + PATH, "{}");
    assertThat(run("-list")).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo("error: the answer of " + PATH + " is not what was expected\n");
  }
}
