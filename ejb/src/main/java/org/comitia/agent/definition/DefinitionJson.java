package org.comitia.agent.definition;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.agent.check.CheckSpec;
import org.comitia.config.GoDuration;
import org.comitia.state.Service;

/**
 * Definitions as JSON, with the API's field names, so that what was saved is read like what was
 * sent. Safe for any thread.
 */
public final class DefinitionJson {
  private static final JsonProvider JSON = JsonProvider.provider();

  /** No file of definitions is larger; what claims to be is not one. */
  private static final long MAX_FILE_BYTES = 16L * 1024 * 1024;

  private DefinitionJson() {}

  /**
   * Reads a file that holds one object; one that holds nothing but blanks is an empty object.
   *
   * @return maps, lists, texts, numbers and truth values
   * @throws IOException when it cannot be read
   * @throws InvalidDefinitionException when it is no JSON object
   */
  public static Map<String, Object> read(Path file) throws IOException, InvalidDefinitionException {
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new InvalidDefinitionException(
          "it is larger than " + MAX_FILE_BYTES / 1024 / 1024 + " MiB");
    }
    String text = Files.readString(file, StandardCharsets.UTF_8);
    if (text.isBlank()) {
      return Map.of();
    }
    try (JsonReader json = JSON.createReader(new StringReader(text))) {
      return tree(json.readObject());
    } catch (JsonException e) {
      throw new InvalidDefinitionException("it is no JSON object: " + e.getMessage());
    }
  }

  private static Map<String, Object> tree(JsonObject object) {
    Map<String, Object> map = new LinkedHashMap<>();
    object.forEach((name, value) -> map.put(name, tree(value)));
    return map;
  }

  private static Object tree(JsonValue value) {
    return switch (value.getValueType()) {
      case OBJECT -> tree(value.asJsonObject());
      case ARRAY -> tree(value.asJsonArray());
      case STRING -> ((JsonString) value).getString();
      case NUMBER -> tree((JsonNumber) value);
      case TRUE -> true;
      case FALSE -> false;
      case NULL -> null;
    };
  }

  private static List<Object> tree(JsonArray array) {
    List<Object> list = new ArrayList<>();
    array.forEach(element -> list.add(tree(element)));
    return list;
  }

  private static Number tree(JsonNumber number) {
    if (number.isIntegral() && number.bigDecimalValue().precision() <= 18) {
      return number.longValue();
    }
    return number.doubleValue();
  }

  /** What {@link Definitions#service} reads as the same service, without checks. */
  public static JsonObject json(Service service) {
    JsonObjectBuilder addresses = JSON.createObjectBuilder();
    service
        .taggedAddresses()
        .forEach(
            (tag, address) ->
                addresses.add(
                    tag,
                    JSON.createObjectBuilder()
                        .add("Address", address.address())
                        .add("Port", address.port())));
    JsonObjectBuilder meta = JSON.createObjectBuilder();
    service.meta().forEach(meta::add);
    return JSON.createObjectBuilder()
        .add("ID", service.id())
        .add("Name", service.name())
        .add("Tags", texts(service.tags()))
        .add("Address", service.address())
        .add("TaggedAddresses", addresses)
        .add("Meta", meta)
        .add("Port", service.port())
        .add("SocketPath", service.socketPath())
        .add(
            "Weights",
            JSON.createObjectBuilder()
                .add("Passing", service.weightPassing())
                .add("Warning", service.weightWarning()))
        .add("EnableTagOverride", service.enableTagOverride())
        .add("Kind", service.kind())
        .build();
  }

  /** What {@link Definitions#check} reads as the same check. */
  public static JsonObject json(CheckSpec check) {
    JsonObjectBuilder header = JSON.createObjectBuilder();
    check.header().forEach((name, values) -> header.add(name, texts(values)));
    return JSON.createObjectBuilder()
        .add("ID", check.id())
        .add("Name", check.name())
        .add("Notes", check.notes())
        .add("ServiceID", check.serviceId())
        .add("Status", check.status())
        .add("Args", texts(check.args()))
        .add("HTTP", check.http())
        .add("Header", header)
        .add("Method", check.method())
        .add("Body", check.body())
        .add("DisableRedirects", check.disableRedirects())
        .add("TCP", check.tcp())
        .add("UDP", check.udp())
        .add("GRPC", check.grpc())
        .add("GRPCUseTLS", check.grpcUseTls())
        .add("H2PING", check.h2ping())
        .add("H2PingUseTLS", check.h2pingUseTls())
        .add("AliasNode", check.aliasNode())
        .add("AliasService", check.aliasService())
        .add("TLSServerName", check.tlsServerName())
        .add("TLSSkipVerify", check.tlsSkipVerify())
        .add("TTL", text(check.ttl()))
        .add("Interval", text(check.interval()))
        .add("Timeout", text(check.timeout()))
        .add("SuccessBeforePassing", check.successBeforePassing())
        .add("FailuresBeforeWarning", check.failuresBeforeWarning())
        .add("FailuresBeforeCritical", check.failuresBeforeCritical())
        .add("DeregisterCriticalServiceAfter", text(check.deregisterCriticalServiceAfter()))
        .add("OutputMaxSize", check.outputMaxSize())
        .add("InService", check.inService())
        .build();
  }

  private static String text(Duration duration) {
    return duration.isZero() ? "" : GoDuration.format(duration);
  }

  private static JsonArrayBuilder texts(List<String> texts) {
    JsonArrayBuilder array = JSON.createArrayBuilder();
    texts.forEach(array::add);
    return array;
  }
}
