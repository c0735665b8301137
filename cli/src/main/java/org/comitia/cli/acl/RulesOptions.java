package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import picocli.CommandLine.Option;

/** What is in a policy. */
final class RulesOptions {
  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for.")
  private String description = "";

  @Option(
      names = {"-rules", "--rules"},
      paramLabel = "RULES",
      description = "The rules themselves in HCL or JSON; @FILE, or - for standard input.")
  private String rules;

  @Option(
      names = {"-valid-datacenter", "--valid-datacenter"},
      paramLabel = "NAME",
      description = "A datacenter where it counts; may be given again. Default: everywhere.")
  private List<String> datacenters = new ArrayList<>();

  String description() {
    return description;
  }

  /** Null when none were given. */
  String rules(InputStream in) throws AgentException {
    try {
      return rules == null ? null : new String(Arguments.data(rules, in), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AgentException("Error loading rules: " + e.getMessage());
    }
  }

  /** Null when none were given. */
  JsonArrayBuilder datacenters() {
    return datacenters.isEmpty() ? null : Json.createArrayBuilder(datacenters);
  }
}
