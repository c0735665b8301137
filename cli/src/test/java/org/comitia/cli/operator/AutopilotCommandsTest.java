package org.comitia.cli.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against an HTTP server that speaks the documented JSON. */
class AutopilotCommandsTest {
  private static final String PATH = "/v1/operator/autopilot/configuration";
  private static final String CONFIG =
      "{\"CleanupDeadServers\":true,\"LastContactThreshold\":\"200ms\",\"MaxTrailingLogs\":250,"
          + "\"MinQuorum\":0,\"ServerStabilizationTime\":\"0s\",\"RedundancyZoneTag\":\"\","
          + "\"DisableUpgradeMigration\":false,\"UpgradeVersionTag\":\"\",\"CreateIndex\":4,"
          + "\"ModifyIndex\":7}";

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  private int run(String name, String... options) {
    String[] args = new String[options.length + 5];
    args[0] = "operator";
    args[1] = "autopilot";
    args[2] = name;
    args[3] = "-http-addr";
    args[4] = agent.address();
    System.arraycopy(options, 0, args, 5, options.length);
    return command.run(args);
  }

  @Test
  void whatIsSetIsShownALineASetting() {
    agent.answers("GET " + PATH, 200, CONFIG, 0);
    assertThat(run("get-config")).isZero();
    assertThat(command.out())
        .isEqualTo(
            """
            CleanupDeadServers = true
            LastContactThreshold = 200ms
            MaxTrailingLogs = 250
            MinQuorum = 0
            ServerStabilizationTime = 0s
            RedundancyZoneTag = ""
            DisableUpgradeMigration = false
            UpgradeVersionTag = ""
            """);
  }

  @Test
  void onlyWhatIsGivenIsChangedAndOnlyIfNobodyElseHas() {
    agent.answers("GET " + PATH, 200, CONFIG, 0);
    agent.answers("PUT " + PATH + "?cas=7", 200, "true", 0);
    assertThat(
            run(
                "set-config",
                "-cleanup-dead-servers=false",
                "-min-quorum=3",
                "-server-stabilization-time=1m30s",
                "-disable-upgrade-migration"))
        .isZero();
    assertThat(command.out()).isEqualTo("Configuration updated!\n");
    assertThat(agent.bodies())
        .last()
        .isEqualTo(
            CONFIG
                .replace("\"CleanupDeadServers\":true", "\"CleanupDeadServers\":false")
                .replace("\"MinQuorum\":0", "\"MinQuorum\":3")
                .replace("Time\":\"0s\"", "Time\":\"1m30s\"")
                .replace("Migration\":false", "Migration\":true"));
  }

  @Test
  void withoutASettingNothingIsChangedAndThatIsSaid() {
    assertThat(run("set-config")).isZero();
    assertThat(command.out()).isEqualTo("No setting was given: nothing was changed\n");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void whoComesTooLateIsToldSo() {
    agent.answers("GET " + PATH, 200, CONFIG, 0);
    agent.answers("PUT " + PATH + "?cas=7", 200, "false", 0);
    assertThat(run("set-config", "-min-quorum=3")).isEqualTo(1);
    assertThat(command.out())
        .isEqualTo("Configuration could not be atomically updated, please try again\n");
  }

  @Test
  void whatTheAgentRefusesIsShown() {
    agent.answers("GET " + PATH, 200, CONFIG, 0);
    agent.fails("PUT " + PATH + "?cas=7", "COM3068: not yet");
    assertThat(run("set-config", "-min-quorum=3")).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "Error setting Autopilot configuration: Unexpected response code: 500 (COM3068: not"
                + " yet)\n");
    assertThat(run("set-config", "-min-quorum=three")).isEqualTo(1);
    assertThat(command.err()).contains("invalid value \"three\" for flag -min-quorum");
  }

  @Test
  void whatIsNegativeOrHasNoUnitIsRefusedInWords() {
    agent.answers("GET " + PATH, 200, CONFIG, 0);
    assertThat(run("set-config", "-min-quorum=-1")).isEqualTo(1);
    assertThat(run("set-config", "-max-trailing-logs=-1")).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            """
            Error setting Autopilot configuration: COM4045: MinQuorum must not be negative
            Error setting Autopilot configuration: COM4045: MaxTrailingLogs must not be negative
            """);
    assertThat(run("set-config", "-server-stabilization-time=10")).isEqualTo(1);
    assertThat(command.err())
        .contains(
            "invalid value \"10\" for flag -server-stabilization-time: needs a unit, for example"
                + " 10s\n");
  }

  /** Options are sorted by their names: what stands above one is another one in the source. */
  @Test
  void noOptionsHelpRefersToTheOneAbove() {
    assertThat(command.run("help", "operator", "autopilot", "set-config")).isZero();
    assertThat(command.out()).contains("-upgrade-version-tag").doesNotContain("Likewise");
  }

  @Test
  void theStateIsShownForPeopleOrAsJson() {
    agent.answers(
        "GET /v1/operator/autopilot/state",
        200,
        """
        {"Healthy":true,"FailureTolerance":1,"OptimisticFailureTolerance":1,
         "Servers":{
           "b":{"ID":"b","Name":"n2","Address":"10.0.0.2:8300","NodeStatus":"alive",
                "Version":"1.10.11","LastContact":"12ms","LastTerm":2,"LastIndex":10,
                "Healthy":true,"StableSince":"2026-01-01T00:00:00Z","ReadReplica":false,
                "Status":"voter","Meta":null,"NodeType":"voter"},
           "a":{"ID":"a","Name":"n1"}},
         "Leader":"a","Voters":["a","b"]}
        """,
        0);
    assertThat(run("state")).isZero();
    assertThat(command.out())
        .isEqualTo(
            """
            Healthy:                      true
            Failure Tolerance:            1
            Optimistic Failure Tolerance: 1
            Leader:                       a
            Voters:
               a
               b
            Servers:
               a
                  Name:            n1
               b
                  Name:            n2
                  Address:         10.0.0.2:8300
                  Version:         1.10.11
                  Status:          voter
                  Node Type:       voter
                  Node Status:     alive
                  Healthy:         true
                  Last Contact:    12ms
                  Last Term:       2
                  Last Index:      10
                  Stable Since:    2026-01-01T00:00:00Z
            """);
    assertThat(run("state", "-format=json")).isZero();
    assertThat(command.out()).contains("    \"FailureTolerance\": 1,\n");
    assertThat(run("state", "-format=xml")).isEqualTo(1);
    assertThat(command.err()).isEqualTo("Invalid format, valid formats are [json pretty]\n");
  }
}
