package org.comitia.web.catalog;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;

/**
 * What a service says about its part in a service mesh. There is no mesh here: it is kept as the
 * JSON object that Consul shows, and given back.
 */
public final class MeshJson {
  /**
   * One field of such an object.
   *
   * @param alias its other name in bodies; null for none
   * @param always whether it is shown when it says nothing
   * @param inner the fields of the object, or of each object of the list, that it holds; null for
   *     anything else
   */
  private record Part(String name, String alias, boolean always, List<Part> inner) {}

  private static final List<Part> MESH_GATEWAY = List.of(part("Mode", null));

  private static final List<Part> EXPOSE =
      List.of(
          part("Checks", null),
          parts(
              "Paths",
              null,
              part("ListenerPort", "listener_port"),
              part("Path", null),
              part("LocalPathPort", "local_path_port"),
              part("Protocol", null),
              part("ParsedFromCheck", "parsed_from_check")));

  private static final List<Part> PROXY =
      List.of(
          parts(
              "TransparentProxy",
              "transparent_proxy",
              part("OutboundListenerPort", "outbound_listener_port"),
              part("DialedDirectly", "dialed_directly")),
          part("DestinationServiceName", "destination_service_name"),
          part("DestinationServiceID", "destination_service_id"),
          part("LocalServiceAddress", "local_service_address"),
          part("LocalServicePort", "local_service_port"),
          part("LocalServiceSocketPath", "local_service_socket_path"),
          new Part("Mode", null, true, null),
          part("Config", null),
          parts(
              "Upstreams",
              null,
              new Part("DestinationType", "destination_type", true, null),
              new Part("DestinationName", "destination_name", true, null),
              new Part("Datacenter", null, true, null),
              part("LocalBindAddress", "local_bind_address"),
              part("LocalBindPort", "local_bind_port"),
              part("LocalBindSocketPath", "local_bind_socket_path"),
              part("LocalBindSocketMode", "local_bind_socket_mode"),
              part("Config", null),
              new Part("MeshGateway", "mesh_gateway", true, MESH_GATEWAY),
              part("CentrallyConfigured", null)),
          new Part("MeshGateway", "mesh_gateway", true, MESH_GATEWAY),
          new Part("Expose", null, true, EXPOSE));

  private static final List<Part> CONNECT =
      List.of(part("Native", null), part("SidecarService", "sidecar_service"));

  /** What a service says that takes no part in a mesh. */
  private static final String NO_PROXY = text(shown(Map.of(), PROXY));

  private static final String NO_CONNECT = "{}";

  private MeshJson() {}

  private static Part part(String name, String alias) {
    return new Part(name, alias, false, null);
  }

  private static Part parts(String name, String alias, Part... inner) {
    return new Part(name, alias, false, List.of(inner));
  }

  /** A body's {@code Proxy} as it is kept; empty when it says nothing. */
  static String proxy(Fields service) {
    return kept(service.fields("Proxy"), PROXY, NO_PROXY);
  }

  /** A body's {@code Connect} as it is kept; empty when it says nothing. */
  static String connect(Fields service) {
    return kept(service.fields("Connect"), CONNECT, NO_CONNECT);
  }

  private static String kept(Fields given, List<Part> parts, String nothing) {
    String text = given == null ? nothing : text(shown(given.tree(), parts));
    return text.equals(nothing) ? "" : text;
  }

  private static Map<String, Object> shown(Map<?, ?> given, List<Part> parts) {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (Part part : parts) {
      Object value = given.get(part.name);
      if (isBlank(value) && part.alias != null && given.get(part.alias) != null) {
        value = given.get(part.alias);
      }
      if (part.inner != null) {
        value = inner(value, part);
      }
      if (part.always || !isBlank(value)) {
        shown.put(part.name, value == null ? "" : value);
      }
    }
    return shown;
  }

  private static Object inner(Object value, Part part) {
    if (value instanceof List<?> list) {
      return list.stream()
          .map(element -> shown(element == null ? Map.of() : (Map<?, ?>) element, part.inner))
          .toList();
    } else if (value instanceof Map<?, ?> map) {
      return shown(map, part.inner);
    }
    return part.always ? shown(Map.of(), part.inner) : null;
  }

  private static boolean isBlank(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty();
    } else if (value instanceof List<?> list) {
      return list.isEmpty();
    } else if (value instanceof Number number) {
      return number.doubleValue() == 0;
    }
    return value == null || value.equals("") || value.equals(false);
  }

  private static String text(Map<String, Object> object) {
    return new String(Json.bytes(false, out -> Json.tree(out, object)), StandardCharsets.UTF_8);
  }

  /** Writes a kept {@code Proxy}. */
  static void writeProxy(JsonGenerator out, String field, String kept) throws IOException {
    write(out, field, kept.isEmpty() ? NO_PROXY : kept);
  }

  /** Writes a kept {@code Connect}. */
  static void writeConnect(JsonGenerator out, String field, String kept) throws IOException {
    write(out, field, kept.isEmpty() ? NO_CONNECT : kept);
  }

  private static void write(JsonGenerator out, String field, String text) throws IOException {
    out.writeFieldName(field);
    if (out.getPrettyPrinter() == null) {
      out.writeRawValue(text);
    } else {
      Json.tree(out, Json.parse(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** The fields of what was kept, as {@link Json#parse} reads them. */
  public static Map<?, ?> fields(String kept) {
    try {
      return kept.isEmpty()
          ? Map.of()
          : (Map<?, ?>) Json.parse(kept.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
