package org.comitia.cli.services;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Definitions in the names of the API. Files may write them with underscores and in any case
 * ({@code success_before_passing}); the API reads strictly, as Consul's does. What is no field is
 * left as it stands, for the API to refuse by name. Pure function.
 */
final class ApiSpelling {
  private static final Map<String, String> SERVICE =
      names(
          "Kind",
          "ID",
          "Name",
          "Tags",
          "Address",
          "TaggedAddresses",
          "Meta",
          "Port",
          "SocketPath",
          "Check",
          "Checks",
          "Weights",
          "EnableTagOverride",
          "Proxy",
          "Connect",
          "Token");

  private static final Map<String, String> CHECK = checkNames();

  private ApiSpelling() {}

  private static Map<String, String> checkNames() {
    Map<String, String> names =
        names(
            "CheckID",
            "Name",
            "Status",
            "Notes",
            "Args",
            "ScriptArgs",
            "HTTP",
            "H2PING",
            "H2PingUseTLS",
            "Header",
            "Method",
            "Body",
            "DisableRedirects",
            "TCP",
            "UDP",
            "Interval",
            "AliasNode",
            "AliasService",
            "DockerContainerID",
            "Shell",
            "GRPC",
            "GRPCUseTLS",
            "TLSServerName",
            "TLSSkipVerify",
            "Timeout",
            "TTL",
            "SuccessBeforePassing",
            "FailuresBeforeWarning",
            "FailuresBeforeCritical",
            "DeregisterCriticalServiceAfter",
            "OutputMaxSize",
            "ServiceID");
    names.put("id", "CheckID");
    return names;
  }

  private static Map<String, String> names(String... names) {
    Map<String, String> byFolded = new HashMap<>();
    for (String name : names) {
      byFolded.put(name.toLowerCase(Locale.ROOT), name);
    }
    return byFolded;
  }

  /** A service as the API takes it. */
  static JsonObject of(JsonObject service) {
    JsonObjectBuilder result = Json.createObjectBuilder();
    service.forEach(
        (key, value) -> {
          String name = spelt(key, SERVICE);
          switch (name) {
            case "Check" -> result.add(name, check(value));
            case "Checks" -> result.add(name, checks(value));
            default -> result.add(name, value);
          }
        });
    return result.build();
  }

  private static String spelt(String key, Map<String, String> names) {
    return names.getOrDefault(key.replace("_", "").toLowerCase(Locale.ROOT), key);
  }

  private static JsonArray checks(JsonValue value) {
    JsonArrayBuilder all = Json.createArrayBuilder();
    if (value instanceof JsonArray list) {
      list.forEach(one -> all.add(check(one)));
    } else {
      all.add(check(value));
    }
    return all.build();
  }

  private static JsonValue check(JsonValue value) {
    if (!(value instanceof JsonObject check)) {
      return value;
    }
    JsonObjectBuilder result = Json.createObjectBuilder();
    check.forEach((key, one) -> result.add(spelt(key, CHECK), one));
    return result.build();
  }
}
