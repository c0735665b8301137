package org.comitia.storage;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.spi.JsonProvider;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.CheckDefinition;

/**
 * How a check is carried out, in a text column: a JSON object of what was given, {@code {}} for
 * nothing. Times are in nanoseconds.
 */
final class DefinitionText {
  private static final JsonProvider JSON = JsonProvider.provider();

  private DefinitionText() {}

  static String of(CheckDefinition d) {
    JsonObjectBuilder out = JSON.createObjectBuilder();
    text(out, "http", d.http());
    if (!d.header().isEmpty()) {
      JsonObjectBuilder header = JSON.createObjectBuilder();
      new TreeMap<>(d.header()).forEach((name, values) -> header.add(name, list(values)));
      out.add("header", header);
    }
    text(out, "method", d.method());
    text(out, "body", d.body());
    flag(out, "disable_redirects", d.disableRedirects());
    text(out, "tls_server_name", d.tlsServerName());
    flag(out, "tls_skip_verify", d.tlsSkipVerify());
    text(out, "tcp", d.tcp());
    text(out, "udp", d.udp());
    text(out, "grpc", d.grpc());
    flag(out, "grpc_use_tls", d.grpcUseTls());
    text(out, "h2ping", d.h2ping());
    flag(out, "h2ping_use_tls", d.h2pingUseTls());
    if (!d.scriptArgs().isEmpty()) {
      out.add("script_args", list(d.scriptArgs()));
    }
    text(out, "docker_container_id", d.dockerContainerId());
    text(out, "shell", d.shell());
    text(out, "alias_node", d.aliasNode());
    text(out, "alias_service", d.aliasService());
    number(out, "interval", d.intervalNanos());
    number(out, "timeout", d.timeoutNanos());
    number(out, "ttl", d.ttlNanos());
    number(out, "deregister_critical_service_after", d.deregisterCriticalServiceAfterNanos());
    number(out, "output_max_size", d.outputMaxSize());
    return JsonText.text(out.build());
  }

  private static JsonArrayBuilder list(List<String> texts) {
    JsonArrayBuilder out = JSON.createArrayBuilder();
    texts.forEach(out::add);
    return out;
  }

  private static void text(JsonObjectBuilder out, String name, String value) {
    if (!value.isEmpty()) {
      out.add(name, value);
    }
  }

  private static void flag(JsonObjectBuilder out, String name, boolean value) {
    if (value) {
      out.add(name, true);
    }
  }

  private static void number(JsonObjectBuilder out, String name, long value) {
    if (value != 0) {
      out.add(name, value);
    }
  }

  static CheckDefinition parse(String text) {
    return JsonText.parse(text, json -> definition(json.asJsonObject()));
  }

  private static CheckDefinition definition(JsonObject in) {
    if (in.isEmpty()) {
      return CheckDefinition.NONE;
    }
    Map<String, List<String>> header = new TreeMap<>();
    if (in.containsKey("header")) {
      in.getJsonObject("header")
          .keySet()
          .forEach(name -> header.put(name, list(in.getJsonObject("header"), name)));
    }
    return new CheckDefinition(
        in.getString("http", ""),
        header,
        in.getString("method", ""),
        in.getString("body", ""),
        in.getBoolean("disable_redirects", false),
        in.getString("tls_server_name", ""),
        in.getBoolean("tls_skip_verify", false),
        in.getString("tcp", ""),
        in.getString("udp", ""),
        in.getString("grpc", ""),
        in.getBoolean("grpc_use_tls", false),
        in.getString("h2ping", ""),
        in.getBoolean("h2ping_use_tls", false),
        list(in, "script_args"),
        in.getString("docker_container_id", ""),
        in.getString("shell", ""),
        in.getString("alias_node", ""),
        in.getString("alias_service", ""),
        number(in, "interval"),
        number(in, "timeout"),
        number(in, "ttl"),
        number(in, "deregister_critical_service_after"),
        number(in, "output_max_size"));
  }

  private static List<String> list(JsonObject in, String name) {
    return in.containsKey(name)
        ? in.getJsonArray(name).getValuesAs(JsonString.class).stream()
            .map(JsonString::getString)
            .toList()
        : List.of();
  }

  private static long number(JsonObject in, String name) {
    return in.containsKey(name) ? in.getJsonNumber(name).longValueExact() : 0;
  }
}
