package org.comitia.cli.client;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.comitia.config.HostPort;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia members}: who is in the cluster, as this agent sees it. */
@Command(
    name = "members",
    description = {
      "Lists the members of the cluster, as the agent sees them.",
      "Exit code 2 when none matches."
    },
    footer = {"comitia members", "comitia members -status='alive|failed' -detailed"})
public final class MembersCommand extends ClientCommand {
  private static final List<String> STATUS = List.of("none", "alive", "leaving", "left", "failed");

  @Option(
      names = {"-detailed", "--detailed"},
      description = "Show every tag.")
  private boolean detailed;

  @Option(
      names = {"-status", "--status"},
      paramLabel = "REGEXP",
      description = "Only members with such a status: alive, leaving, left, failed.")
  private String status = ".*";

  @Option(
      names = {"-wan", "--wan"},
      description = "The members of other datacenters; there are none yet.")
  private boolean wan;

  @Option(
      names = {"-segment", "--segment"},
      paramLabel = "NAME",
      description = "Only members of this network segment.")
  private String segment = "_all";

  @Override
  public Integer call() {
    Pattern wanted;
    try {
      wanted = Pattern.compile(status);
    } catch (PatternSyntaxException e) {
      return fail("Failed to compile status regexp: " + e.getMessage());
    }
    JsonArray answer;
    try {
      JsonValue value =
          agent()
              .getValue(
                  "/v1/agent/members"
                      + new QueryParameters().add("segment", segment).add("wan", wan ? "1" : ""),
                  AgentClient.SOON);
      answer = value == JsonValue.NULL ? JsonValue.EMPTY_JSON_ARRAY : (JsonArray) value;
    } catch (AgentException | ClassCastException e) {
      return fail("Error retrieving members: " + e.getMessage());
    }
    List<JsonObject> members =
        answer.getValuesAs(JsonObject.class).stream()
            .filter(member -> wanted.matcher(status(member)).find())
            .sorted(Comparator.comparing((JsonObject member) -> member.getString("Name", "")))
            .toList();
    if (members.isEmpty()) {
      return 2;
    }
    (detailed ? detailed(members) : standard(members)).lines().forEach(this::print);
    return 0;
  }

  private static Columns standard(List<JsonObject> members) {
    Columns table =
        new Columns()
            .row("Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Segment");
    for (JsonObject member : members) {
      boolean server = tag(member, "role").equals("consul");
      String segment = tag(member, "segment");
      table.row(
          member.getString("Name", ""),
          address(member),
          status(member),
          server ? "server" : tag(member, "role").equals("node") ? "client" : "unknown",
          tag(member, "build").replaceFirst(":.*", ""),
          tag(member, "vsn"),
          tag(member, "dc"),
          !segment.isEmpty() ? segment : server ? "<all>" : "<default>");
    }
    return table;
  }

  private static Columns detailed(List<JsonObject> members) {
    Columns table = new Columns().row("Node", "Address", "Status", "Tags");
    for (JsonObject member : members) {
      String tags =
          new TreeMap<>(member.getJsonObject("Tags"))
              .entrySet().stream()
                  .map(tag -> tag.getKey() + "=" + ((JsonString) tag.getValue()).getString())
                  .collect(Collectors.joining(","));
      table.row(member.getString("Name", ""), address(member), status(member), tags);
    }
    return table;
  }

  private static String address(JsonObject member) {
    String host = member.getString("Addr", "");
    return HostPort.text(host, member.getInt("Port", 0));
  }

  private static String status(JsonObject member) {
    int number = member.getInt("Status", 0);
    return number >= 0 && number < STATUS.size() ? STATUS.get(number) : "none";
  }

  private static String tag(JsonObject member, String name) {
    JsonObject tags = member.getJsonObject("Tags");
    return tags == null ? "" : tags.getString(name, "");
  }
}
