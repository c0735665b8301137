package org.comitia.web.catalog;

import java.util.List;
import java.util.Map;
import org.comitia.state.Check;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.filter.Shape;

/** What can be selected in the catalog's results: Consul's names, those of the mesh included. */
public final class CatalogShapes {
  private CatalogShapes() {}

  /** An object of what a service says about its part in a mesh. */
  private record Mesh(Map<?, ?> fields) {
    static Mesh of(String kept) {
      return new Mesh(MeshJson.fields(kept));
    }

    String text(String name) {
      return fields.get(name) instanceof String text ? text : "";
    }

    int number(String name) {
      return fields.get(name) instanceof Number number ? number.intValue() : 0;
    }

    boolean flag(String name) {
      return Boolean.TRUE.equals(fields.get(name));
    }

    Mesh part(String name) {
      return new Mesh(fields.get(name) instanceof Map<?, ?> part ? part : Map.of());
    }

    List<Mesh> list(String name) {
      return fields.get(name) instanceof List<?> list
          ? list.stream().map(element -> new Mesh((Map<?, ?>) element)).toList()
          : List.of();
    }
  }

  private static final Shape<Mesh> MODE =
      Shape.<Mesh>builder().text("Mode", m -> m.text("Mode")).build();

  private static final Shape<Mesh> CONNECT =
      Shape.<Mesh>builder().flag("Native", m -> m.flag("Native")).build();

  private static final Shape<Mesh> PROXY = proxy();

  private static final Shape<Service.ServiceAddress> ADDRESS =
      Shape.<Service.ServiceAddress>builder()
          .text("Address", Service.ServiceAddress::address)
          .number("Port", Service.ServiceAddress::port)
          .build();

  private static final Shape<Service> WEIGHTS =
      Shape.<Service>builder()
          .number("Passing", Service::weightPassing)
          .number("Warning", Service::weightWarning)
          .build();

  /** {@code catalog/nodes}. */
  public static final Shape<Node> NODE =
      Shape.<Node>builder()
          .text("ID", Node::id)
          .text("Node", Node::name)
          .text("Address", Node::address)
          .text("Datacenter", Node::datacenter)
          .textMap("TaggedAddresses", Node::taggedAddresses)
          .textMap("Meta", Node::meta)
          .build();

  /** A service of {@code catalog/node} and {@code catalog/node-services}. */
  public static final Shape<Service> SERVICE =
      Shape.<Service>builder()
          .text("Kind", Service::kind)
          .text("ID", Service::id)
          .text("Service", Service::name)
          .texts("Tags", Service::tags)
          .text("Address", Service::address)
          .map("TaggedAddresses", Service::taggedAddresses, ADDRESS)
          .textMap("Meta", Service::meta)
          .number("Port", Service::port)
          .text("SocketPath", Service::socketPath)
          .part("Weights", s -> s, WEIGHTS)
          .flag("EnableTagOverride", Service::enableTagOverride)
          .part("Proxy", s -> Mesh.of(s.proxy()), PROXY)
          .part("Connect", s -> Mesh.of(s.connect()), CONNECT)
          .build();

  /** {@code catalog/service}, and {@code catalog/services} before it is summed up. */
  public static final Shape<QueryResult.Instance> INSTANCE =
      Shape.<QueryResult.Instance>builder()
          .text("ID", i -> i.node().id())
          .text("Node", i -> i.node().name())
          .text("Address", i -> i.node().address())
          .text("Datacenter", i -> i.node().datacenter())
          .textMap("TaggedAddresses", i -> i.node().taggedAddresses())
          .textMap("NodeMeta", i -> i.node().meta())
          .text("ServiceKind", i -> i.service().kind())
          .text("ServiceID", i -> i.service().id())
          .text("ServiceName", i -> i.service().name())
          .texts("ServiceTags", i -> i.service().tags())
          .text("ServiceAddress", i -> i.service().address())
          .map("ServiceTaggedAddresses", i -> i.service().taggedAddresses(), ADDRESS)
          .part("ServiceWeights", QueryResult.Instance::service, WEIGHTS)
          .textMap("ServiceMeta", i -> i.service().meta())
          .number("ServicePort", i -> i.service().port())
          .text("ServiceSocketPath", i -> i.service().socketPath())
          .flag("ServiceEnableTagOverride", i -> i.service().enableTagOverride())
          .part("ServiceProxy", i -> Mesh.of(i.service().proxy()), PROXY)
          .part("ServiceConnect", i -> Mesh.of(i.service().connect()), CONNECT)
          .build();

  /** {@code health/node}, {@code health/checks}, {@code health/state}, {@code agent/checks}. */
  public static final Shape<Check> CHECK =
      Shape.<Check>builder()
          .text("Node", Check::node)
          .text("CheckID", Check::id)
          .text("Name", Check::name)
          .text("Status", Check::status)
          .text("Notes", Check::notes)
          .text("Output", Check::output)
          .text("ServiceID", Check::serviceId)
          .text("ServiceName", Check::serviceName)
          .texts("ServiceTags", Check::serviceTags)
          .text("Type", Check::type)
          .text("Interval", Check::interval)
          .text("Timeout", Check::timeout)
          .number("ExposedPort", Check::exposedPort)
          .build();

  /** {@code health/service}. */
  public static final Shape<QueryResult.HealthInstance> HEALTH =
      Shape.<QueryResult.HealthInstance>builder()
          .part("Node", QueryResult.HealthInstance::node, NODE)
          .part("Service", QueryResult.HealthInstance::service, SERVICE)
          .list("Checks", QueryResult.HealthInstance::checks, CHECK)
          .build();

  private static Shape<Mesh> proxy() {
    Shape<Mesh> upstream =
        Shape.<Mesh>builder()
            .text("DestinationType", m -> m.text("DestinationType"))
            .text("DestinationNamespace", m -> m.text("DestinationNamespace"))
            .text("DestinationName", m -> m.text("DestinationName"))
            .text("Datacenter", m -> m.text("Datacenter"))
            .text("LocalBindAddress", m -> m.text("LocalBindAddress"))
            .number("LocalBindPort", m -> m.number("LocalBindPort"))
            .text("LocalBindSocketPath", m -> m.text("LocalBindSocketPath"))
            .text("LocalBindSocketMode", m -> m.text("LocalBindSocketMode"))
            .part("MeshGateway", m -> m.part("MeshGateway"), MODE)
            .build();
    Shape<Mesh> path =
        Shape.<Mesh>builder()
            .number("ListenerPort", m -> m.number("ListenerPort"))
            .text("Path", m -> m.text("Path"))
            .number("LocalPathPort", m -> m.number("LocalPathPort"))
            .text("Protocol", m -> m.text("Protocol"))
            .flag("ParsedFromCheck", m -> m.flag("ParsedFromCheck"))
            .build();
    Shape<Mesh> expose =
        Shape.<Mesh>builder()
            .flag("Checks", m -> m.flag("Checks"))
            .list("Paths", m -> m.list("Paths"), path)
            .build();
    Shape<Mesh> transparent =
        Shape.<Mesh>builder()
            .number("OutboundListenerPort", m -> m.number("OutboundListenerPort"))
            .flag("DialedDirectly", m -> m.flag("DialedDirectly"))
            .build();
    return Shape.<Mesh>builder()
        .text("DestinationServiceName", m -> m.text("DestinationServiceName"))
        .text("DestinationServiceID", m -> m.text("DestinationServiceID"))
        .text("LocalServiceAddress", m -> m.text("LocalServiceAddress"))
        .number("LocalServicePort", m -> m.number("LocalServicePort"))
        .text("LocalServiceSocketPath", m -> m.text("LocalServiceSocketPath"))
        .text("Mode", m -> m.text("Mode"))
        .list("Upstreams", m -> m.list("Upstreams"), upstream)
        .part("MeshGateway", m -> m.part("MeshGateway"), MODE)
        .part("Expose", m -> m.part("Expose"), expose)
        .part("TransparentProxy", m -> m.part("TransparentProxy"), transparent)
        .build();
  }
}
