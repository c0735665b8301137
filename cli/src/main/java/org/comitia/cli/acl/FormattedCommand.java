package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.IndentedJson;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Option;

/** A command that asks for tokens, policies or roles, and shows them. */
abstract class FormattedCommand extends ScopedCommand {
  @Option(
      names = {"-format", "--format"},
      paramLabel = "FORMAT",
      description = "pretty, or json.")
  private String format = "pretty";

  @Option(
      names = {"-meta", "--meta"},
      description = "Show hash and indexes as well.")
  private boolean meta;

  @Override
  public final Integer call() {
    if (!format.equals("pretty") && !format.equals("json")) {
      return fail("Unknown format: " + format);
    }
    try {
      return run(new AclStore(agent(), this::reading, this::writing));
    } catch (AgentException e) {
      return fail(failing() + ": " + e.getMessage());
    } catch (ClassCastException
        | IllegalArgumentException
        | NullPointerException
        | JsonException e) {
      return fail(failing() + ": the agent's answer has not the usual form: " + e.getMessage());
    }
  }

  /** Does it. @return the exit code */
  abstract int run(AclStore acl) throws AgentException;

  /** What a failure's text begins with. */
  abstract String failing();

  /** Shows one object. @return the exit code 0 */
  final int show(JsonObject object, BiFunction<AclText, JsonObject, String> pretty) {
    print(
        format.equals("json")
            ? IndentedJson.of(object, "    ")
            : pretty.apply(new AclText(meta), object).stripTrailing());
    return 0;
  }

  /** Shows several. @return the exit code 0 */
  final int show(
      List<JsonObject> objects, String between, BiFunction<AclText, JsonObject, String> pretty) {
    if (format.equals("json")) {
      JsonArrayBuilder all = Json.createArrayBuilder();
      objects.forEach(all::add);
      print(IndentedJson.of(all.build(), "    "));
    } else {
      AclText text = new AclText(meta);
      print(
          objects.stream()
              .map(object -> pretty.apply(text, object))
              .collect(Collectors.joining(between))
              .stripTrailing());
    }
    return 0;
  }
}
