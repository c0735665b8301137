package org.comitia.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchCommandTest {
  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent =
      new ScriptedAgent().answers("GET /v1/status/leader", "\"127.0.0.1:8300\"");

  @AfterEach
  void stop() {
    agent.close();
  }

  private int watch(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "watch";
    all[1] = "-http-addr";
    all[2] = agent.address();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return command.run(all);
  }

  @Test
  void withoutACommandTheValueIsPrinted() {
    agent.answers(
        "GET /v1/kv/a",
        200,
        "[{\"LockIndex\":0,\"Key\":\"a\",\"Flags\":0,\"Value\":null,"
            + "\"CreateIndex\":3,\"ModifyIndex\":4}]",
        4);
    agent.answers("GET /v1/kv/gone", 404, "", 9);

    assertThat(watch("-type=key", "-key=a")).isZero();
    assertThat(watch("-type=key", "-key=gone")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            {
                "Key": "a",
                "CreateIndex": 3,
                "ModifyIndex": 4,
                "LockIndex": 0,
                "Flags": 0,
                "Value": null,
                "Session": ""
            }
            null
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-type=keyprefix -prefix=a/|/v1/kv/a/?recurse",
        "-type=services -stale|/v1/catalog/services?stale",
        "-type=nodes -datacenter=dc1|/v1/catalog/nodes?dc=dc1",
        "-type=service -service=web|/v1/health/service/web",
        "-type=service -service=web -tag=a -tag=b -passingonly=true|/v1/health/service/web?tag=a&tag=b&passing=1",
        "-type=checks|/v1/health/state/any",
        "-type=checks -state=critical|/v1/health/state/critical",
        "-type=checks -service=web|/v1/health/checks/web",
        "-type=event -name=deploy -stale|/v1/event/list?name=deploy",
      })
  void everyTypeAsksItsEndpoint(String line, String path) {
    agent.answers("GET " + path, 200, "[]", 5);

    assertThat(watch(line.split(" "))).isZero();

    assertThat(agent.requests()).last().isEqualTo("GET " + path);
    assertThat(command.out()).isEqualTo("[]\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-type=nope|Unsupported watch type: nope",
        "-type=key|Must specify a single key to watch",
        "-type=keyprefix|Must specify a single prefix to watch",
        "-type=service|Must specify a single service to watch",
        "-type=checks -service=a -state=any|Cannot specify service and state",
        "-type=service -service=a -passingonly=x|Failed to parse passingonly flag: strconv.ParseBool: parsing \"x\": invalid syntax",
        "-key=a|Watch type must be specified",
      })
  void mistakesAreTold(String line, String message) {
    assertThat(watch(line.split(" "))).isEqualTo(1);

    assertThat(command.err().lines().findFirst()).contains(message);
    assertThat(agent.requests()).isEmpty();
  }

  /** The command's exit code ends the watch; each run is told what is new. */
  @Test
  void theCommandRunsForEachChange(@TempDir Path folder) throws Exception {
    String blocking = "GET /v1/catalog/services?index=%d&wait=5m";
    agent
        .answers("GET /v1/catalog/services", 200, "{\"web\":[]}", 5)
        .answers(String.format(blocking, 5), 200, "{\"web\":[]}", 5) // the wait's end
        .answers(String.format(blocking, 5), 200, "{\"web\":[]}", 6) // nothing new in it
        .answers(String.format(blocking, 6), 200, "{\"web\":[],\"db\":[]}", 7);
    Path seen = folder.resolve("seen");

    assertThat(
            watch(
                "-type=services",
                "read -r json; echo $CONSUL_INDEX $json >> " + seen + ";",
                "[ $CONSUL_INDEX -lt 7 ]"))
        .isEqualTo(1);

    assertThat(Files.readAllLines(seen))
        .containsExactly("5 {\"web\":[]}", "7 {\"web\":[],\"db\":[]}");
    assertThat(command.err()).isEqualTo("Error executing handler: exit status 1\n");
    assertThat(command.out()).isEmpty();
  }

  @Test
  void anIndexThatWentBackwardsBeginsAnew() {
    agent
        .answers("GET /v1/kv/a?recurse", 200, "[]", 50)
        .answers("GET /v1/kv/a?recurse&index=50&wait=5m", 200, "[{\"Key\":\"a\"}]", 20)
        .answers("GET /v1/kv/a?recurse", 200, "[{\"Key\":\"a2\"}]", 21);

    assertThat(
            watch(
                "-type=keyprefix",
                "-prefix=a",
                "-shell=false",
                "/bin/sh",
                "-c",
                "[ $CONSUL_INDEX != 21 ]"))
        .isEqualTo(1);

    assertThat(agent.requests())
        .containsExactly(
            "GET /v1/status/leader",
            "GET /v1/kv/a?recurse",
            "GET /v1/kv/a?recurse&index=50&wait=5m",
            "GET /v1/kv/a?recurse");
  }

  /** An event list's index is its last event's id; a watch hands on only what came behind it. */
  @Test
  void onlyNewEventsAreHandedOn(@TempDir Path folder) throws Exception {
    String first = "{\"ID\":\"00000000-0000-0001-0000-000000000002\",\"Name\":\"a\"}";
    String second = "{\"ID\":\"f0000000-0000-0001-0000-000000000001\",\"Name\":\"b\"}";
    agent
        .answers("GET /v1/event/list", 200, "[" + first + "]", 3)
        .answers(
            "GET /v1/event/list?index=3&wait=5m",
            200,
            "[" + first + "," + second + "]",
            0xf000000000000000L);
    Path seen = folder.resolve("seen");

    assertThat(
            watch("-type=event", "cat >> " + seen + "; [ $CONSUL_INDEX != 17293822569102704640 ]"))
        .isEqualTo(1);

    assertThat(Files.readAllLines(seen)).containsExactly("[" + first + "]", "[" + second + "]");
  }

  @Test
  void aCommandThatCannotStartIsTold() {
    agent.answers("GET /v1/catalog/nodes", 200, "[]", 5);

    assertThat(watch("-type=nodes", "-shell=false", "/no/such/command")).isEqualTo(1);

    assertThat(command.err()).startsWith("Error starting handler: ");
  }

  @Test
  void anAgentThatIsNotThereIsTold() {
    agent.close();

    assertThat(watch("-type=nodes")).isEqualTo(1);

    assertThat(command.err()).startsWith("Error querying Consul agent: Get \"http://127.0.0.1:");
  }
}
