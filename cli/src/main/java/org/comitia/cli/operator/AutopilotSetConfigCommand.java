package org.comitia.cli.operator;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.DurationOption;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.config.GoDuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia operator autopilot set-config}: changes what is set. */
@Command(
    name = "set-config",
    description = {
      "Changes autopilot's configuration.",
      "What is not given stays as it is. Exit code 1 when somebody else has changed it meanwhile."
    },
    footer = "comitia operator autopilot set-config -server-stabilization-time=10s")
public final class AutopilotSetConfigCommand extends ScopedCommand {
  @Option(
      names = {"-cleanup-dead-servers", "--cleanup-dead-servers"},
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description =
          "Whether the leader takes dead servers out of Raft's configuration where the others are safer without them.")
  private Boolean cleanup;

  @Option(
      names = {"-last-contact-threshold", "--last-contact-threshold"},
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "How long a healthy server may be silent.")
  private Duration lastContact;

  @Option(
      names = {"-max-trailing-logs", "--max-trailing-logs"},
      paramLabel = "N",
      description = "How many entries a healthy server may be behind the leader.")
  private Long maxTrailingLogs;

  @Option(
      names = {"-min-quorum", "--min-quorum"},
      paramLabel = "N",
      description = "How many voters stay at least when dead ones are taken out.")
  private Long minQuorum;

  @Option(
      names = {"-server-stabilization-time", "--server-stabilization-time"},
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "How long a server that joins must have been healthy before it votes.")
  private Duration stabilization;

  @Option(
      names = {"-redundancy-zone-tag", "--redundancy-zone-tag"},
      paramLabel = "TAG",
      description = "Kept and shown, without an effect.")
  private String zoneTag;

  @Option(
      names = {"-disable-upgrade-migration", "--disable-upgrade-migration"},
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Kept and shown, without an effect.")
  private Boolean noMigration;

  @Option(
      names = {"-upgrade-version-tag", "--upgrade-version-tag"},
      paramLabel = "TAG",
      description = "Kept and shown, without an effect.")
  private String versionTag;

  @Override
  public Integer call() {
    if (isNothingGiven()) {
      print("No setting was given: nothing was changed");
      return 0;
    }
    AgentClient agent;
    JsonObject found;
    try {
      agent = agent();
      found =
          (JsonObject) agent.getValue(AutopilotGetConfigCommand.PATH + reading(), AgentClient.SOON);
    } catch (AgentException | ClassCastException e) {
      return fail("Error querying Autopilot configuration: " + e.getMessage());
    }
    try {
      String index = String.valueOf(found.getJsonNumber("ModifyIndex").bigIntegerValue());
      byte[] wanted = changed(found).toString().getBytes(StandardCharsets.UTF_8);
      AgentClient.Answer answer =
          agent.put(
              AutopilotGetConfigCommand.PATH + writing().add("cas", index),
              wanted,
              AgentClient.SOON);
      if (answer.done()) {
        print("Configuration updated!");
        return 0;
      }
    } catch (AgentException | NullPointerException e) {
      return fail("Error setting Autopilot configuration: " + e.getMessage());
    }
    print("Configuration could not be atomically updated, please try again");
    return 1;
  }

  private boolean isNothingGiven() {
    return Stream.of(
            cleanup,
            lastContact,
            maxTrailingLogs,
            minQuorum,
            stabilization,
            zoneTag,
            noMigration,
            versionTag)
        .allMatch(Objects::isNull);
  }

  private JsonObject changed(JsonObject found) throws AgentException {
    JsonObjectBuilder json = Json.createObjectBuilder(found);
    flag(json, "CleanupDeadServers", cleanup);
    time(json, "LastContactThreshold", lastContact);
    number(json, "MaxTrailingLogs", maxTrailingLogs);
    number(json, "MinQuorum", minQuorum);
    time(json, "ServerStabilizationTime", stabilization);
    text(json, "RedundancyZoneTag", zoneTag);
    flag(json, "DisableUpgradeMigration", noMigration);
    text(json, "UpgradeVersionTag", versionTag);
    return json.build();
  }

  private static void flag(JsonObjectBuilder json, String name, Boolean value) {
    if (value != null) {
      json.add(name, value);
    }
  }

  private static void number(JsonObjectBuilder json, String name, Long value)
      throws AgentException {
    if (value != null && value < 0) {
      throw new AgentException("COM4045: " + name + " must not be negative");
    } else if (value != null) {
      json.add(name, value);
    }
  }

  private static void time(JsonObjectBuilder json, String name, Duration value) {
    text(json, name, value == null ? null : GoDuration.format(value));
  }

  private static void text(JsonObjectBuilder json, String name, String value) {
    if (value != null) {
      json.add(name, value);
    }
  }
}
