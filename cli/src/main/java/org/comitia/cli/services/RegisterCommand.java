package org.comitia.cli.services;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia services register}: services of the local agent, from files or options. */
@Command(
    name = "register",
    description = {
      "Registers services with the agent.",
      "From JSON definition files, as the agent's own configuration has them, or one service from options. The agent keeps"
          + " them over restarts, until they are deregistered."
    },
    footer = {
      "comitia services register web.json",
      "comitia services register -name=web -port=8080 -tag=v1 -meta=owner=shop"
    })
public final class RegisterCommand extends ScopedCommand {
  @Option(
      names = {"-id", "--id"},
      paramLabel = "ID",
      description = "The service's id on this agent. Default: its name.")
  private String id = "";

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "The service's name.")
  private String name = "";

  @Option(
      names = {"-address", "--address"},
      paramLabel = "ADDR",
      description = "Where the service is. Default: the node's address.")
  private String address = "";

  @Option(
      names = {"-port", "--port"},
      paramLabel = "PORT",
      description = "The service's port.")
  private int port;

  @Option(
      names = {"-kind", "--kind"},
      paramLabel = "KIND",
      description = "The service's kind, for proxies and gateways.")
  private String kind = "";

  @Option(
      names = {"-socket", "--socket"},
      paramLabel = "PATH",
      description = "The service's unix socket, in place of address and port.")
  private String socket = "";

  @Option(
      names = {"-tag", "--tag"},
      paramLabel = "TAG",
      description = "A tag; may be given several times.")
  private List<String> tags = new ArrayList<>();

  @Option(
      names = {"-meta", "--meta"},
      paramLabel = "KEY=VALUE",
      description = "A piece of metadata; may be given several times.")
  private Map<String, String> meta = new LinkedHashMap<>();

  @Option(
      names = {"-tagged-address", "--tagged-address"},
      paramLabel = "TAG=HOST:PORT",
      description = "Another address of the service; may be given several times.")
  private Map<String, String> taggedAddresses = new LinkedHashMap<>();

  @Parameters(paramLabel = "[FILE...]", arity = "0..*")
  private List<String> files = new ArrayList<>();

  @Override
  public Integer call() {
    if (files.isEmpty() && name.isEmpty()) {
      return fail("Service registration requires at least one argument or flags.");
    }
    if (!files.isEmpty() && !name.isEmpty()) {
      return fail("Service registration requires arguments or -id, not both.");
    }
    List<JsonObject> services;
    try {
      services = files.isEmpty() ? List.of(fromOptions()) : DefinitionFiles.services(files);
    } catch (AgentException e) {
      return fail("Error: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      return fail("Invalid Tagged Address: " + e.getMessage());
    }
    if (services.isEmpty()) {
      fail("No service is defined in " + String.join(", ", files) + ": nothing was registered");
    }
    for (JsonObject service : services) {
      String called = DefinitionFiles.name(service);
      try {
        agent()
            .put(
                "/v1/agent/service/register",
                service.toString().getBytes(StandardCharsets.UTF_8),
                AgentClient.SOON);
      } catch (AgentException e) {
        return fail(
            "Error registering service " + Arguments.quoted(called) + ": " + e.getMessage());
      }
      print("Registered service: " + called);
    }
    return 0;
  }

  private JsonObject fromOptions() {
    JsonObjectBuilder service = Json.createObjectBuilder().add("Name", name);
    add(service, "ID", id);
    add(service, "Address", address);
    add(service, "Kind", kind);
    add(service, "SocketPath", socket);
    if (port != 0) {
      service.add("Port", port);
    }
    if (!tags.isEmpty()) {
      service.add("Tags", Json.createArrayBuilder(tags));
    }
    if (!meta.isEmpty()) {
      JsonObjectBuilder pairs = Json.createObjectBuilder();
      meta.forEach(pairs::add);
      service.add("Meta", pairs);
    }
    if (!taggedAddresses.isEmpty()) {
      JsonObjectBuilder addresses = Json.createObjectBuilder();
      taggedAddresses.forEach((tag, where) -> addresses.add(tag, address(where)));
      service.add("TaggedAddresses", addresses);
    }
    return service.build();
  }

  private static void add(JsonObjectBuilder service, String field, String value) {
    if (!value.isEmpty()) {
      service.add(field, value);
    }
  }

  /** {@code host}, {@code host:port} or {@code [v6]:port}. */
  private static JsonObjectBuilder address(String text) {
    int colon = text.lastIndexOf(':');
    boolean bareV6 = text.indexOf(':') != colon && !text.startsWith("[");
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it is empty");
    }
    if (colon < 0 || bareV6 || text.endsWith("]")) {
      return Json.createObjectBuilder().add("Address", unbracketed(text)).add("Port", 0);
    }
    try {
      int number = Integer.parseInt(text.substring(colon + 1));
      return Json.createObjectBuilder()
          .add("Address", unbracketed(text.substring(0, colon)))
          .add("Port", number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("no port in " + text);
    }
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
