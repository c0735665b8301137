package org.comitia.web.filter;

import java.util.List;
import org.comitia.state.Check;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;

/**
 * What can be selected in the catalog's results: Consul's names, those of the mesh included, whose
 * values are here what they are there for a service that takes no part in it.
 */
public final class CatalogShapes {
  private CatalogShapes() {}

  /** Stands for the parts that no service has here. */
  private static final class Absent {}

  private static final Absent ABSENT = new Absent();

  private static final Shape<Absent> MODE = Shape.<Absent>builder().text("Mode", a -> "").build();

  private static final Shape<Absent> CONNECT =
      Shape.<Absent>builder().flag("Native", a -> false).build();

  private static final Shape<Absent> PROXY = proxy();

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
          .part("Proxy", s -> ABSENT, PROXY)
          .part("Connect", s -> ABSENT, CONNECT)
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
          .part("ServiceProxy", i -> ABSENT, PROXY)
          .part("ServiceConnect", i -> ABSENT, CONNECT)
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

  private static Shape<Absent> proxy() {
    Shape<Absent> upstream =
        Shape.<Absent>builder()
            .text("DestinationType", a -> "")
            .text("DestinationNamespace", a -> "")
            .text("DestinationName", a -> "")
            .text("Datacenter", a -> "")
            .text("LocalBindAddress", a -> "")
            .number("LocalBindPort", a -> 0)
            .text("LocalBindSocketPath", a -> "")
            .text("LocalBindSocketMode", a -> "")
            .part("MeshGateway", a -> a, MODE)
            .build();
    Shape<Absent> path =
        Shape.<Absent>builder()
            .number("ListenerPort", a -> 0)
            .text("Path", a -> "")
            .number("LocalPathPort", a -> 0)
            .text("Protocol", a -> "")
            .flag("ParsedFromCheck", a -> false)
            .build();
    Shape<Absent> expose =
        Shape.<Absent>builder()
            .flag("Checks", a -> false)
            .list("Paths", a -> List.<Absent>of(), path)
            .build();
    Shape<Absent> transparent =
        Shape.<Absent>builder()
            .number("OutboundListenerPort", a -> 0)
            .flag("DialedDirectly", a -> false)
            .build();
    return Shape.<Absent>builder()
        .text("DestinationServiceName", a -> "")
        .text("DestinationServiceID", a -> "")
        .text("LocalServiceAddress", a -> "")
        .number("LocalServicePort", a -> 0)
        .text("LocalServiceSocketPath", a -> "")
        .text("Mode", a -> "")
        .list("Upstreams", a -> List.<Absent>of(), upstream)
        .part("MeshGateway", a -> a, MODE)
        .part("Expose", a -> a, expose)
        .part("TransparentProxy", a -> a, transparent)
        .build();
  }
}
