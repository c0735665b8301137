package org.comitia.web.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.comitia.config.Metadata;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;

/**
 * The bodies of {@code /v1/catalog/register} and {@code /deregister} as commands, with Consul's
 * defaults. What they must hold is for {@link org.comitia.state.CommandRules} to say.
 */
public final class Registration {
  private static final String NO_STATUS = "critical";

  private Registration() {}

  /**
   * @throws Refusal 400 when a field has another type
   */
  static Command.Register read(Fields body, String datacenter) {
    Node node = node(body, datacenter);
    boolean skipNodeUpdate = body.flag("SkipNodeUpdate");
    Service service = serviceOf(body, node.name());
    List<Fields> checks = new ArrayList<>(body.fieldsList("Checks"));
    Fields single = body.fields("Check");
    if (single != null) {
      checks.add(single);
    }
    return new Command.Register(
        node,
        skipNodeUpdate,
        service,
        checks.stream().map(check -> namedCheck(check, node.name())).toList());
  }

  /** An empty object registers none, where Consul 1.10 keeps one that nothing can find. */
  private static Service serviceOf(Fields body, String node) {
    Fields given = body.fields("Service");
    if (given == null || given.tree().isEmpty()) {
      return null;
    }
    Service service = service(given, node);
    String problems = proxyProblems(service);
    if (!problems.isEmpty()) {
      throw Refusal.error(problems);
    }
    String refusal = metaRefusal(service);
    if (refusal != null) {
      throw Refusal.error("failed inserting service: " + refusal);
    }
    return service;
  }

  /** What a proxy lacks, in Consul's words; empty for nothing, and for what is no proxy. */
  private static String proxyProblems(Service service) {
    List<String> problems = new ArrayList<>();
    if (service.kind().equals("connect-proxy")) {
      if (MeshJson.fields(service.proxy()).get("DestinationServiceName") == null) {
        problems.add("Proxy.DestinationServiceName must be non-empty for Connect proxy services");
      }
      if (service.port() == 0 && service.socketPath().isEmpty()) {
        problems.add("Port or SocketPath must be set for a Connect proxy");
      }
      if (MeshJson.fields(service.connect()).get("Native") != null) {
        problems.add("A Proxy cannot also be Connect Native, only typical services");
      }
    }
    if (problems.isEmpty()) {
      return "";
    }
    return problems.size()
        + (problems.size() == 1 ? " error" : " errors")
        + " occurred:\n\t* "
        + String.join("\n\t* ", problems)
        + "\n\n";
  }

  /**
   * Why a service's metadata cannot be taken; null when nothing speaks against it. Said before the
   * service is proposed, not when it is applied: logs hold services that were never asked this.
   */
  public static String metaRefusal(Service service) {
    String refusal = Metadata.refusal(service.meta());
    return refusal == null
        ? null
        : "Invalid Service Meta for node %s and serviceID %s: %s"
            .formatted(service.node(), service.id(), refusal);
  }

  private static Node node(Fields body, String datacenter) {
    return new Node(
        body.text("ID"),
        body.text("Node"),
        body.text("Address"),
        datacenter,
        body.textMap("TaggedAddresses"),
        body.textMap("NodeMeta"),
        0,
        0);
  }

  private static Service service(Fields fields, String node) {
    return service(fields, node, 1);
  }

  /**
   * A service instance of a node.
   *
   * @param weight when the body says nothing about it
   */
  public static Service service(Fields fields, String node, int weight) {
    String name = fields.text("Service");
    String id = fields.text("ID");
    Fields weights = fields.fields("Weights");
    return new Service(
        node,
        id.isEmpty() ? name : id,
        name,
        fields.text("Kind"),
        fields.texts("Tags"),
        fields.text("Address"),
        taggedAddresses(fields),
        fields.textMap("Meta"),
        fields.number("Port", 0),
        fields.text("SocketPath"),
        weights == null ? weight : weights.number("Passing", 0),
        weights == null ? weight : weights.number("Warning", 0),
        fields.flag("EnableTagOverride"),
        MeshJson.proxy(fields),
        MeshJson.connect(fields),
        0,
        0);
  }

  private static Map<String, Service.ServiceAddress> taggedAddresses(Fields service) {
    Map<String, Service.ServiceAddress> addresses = new HashMap<>();
    service
        .fieldsMap("TaggedAddresses")
        .forEach(
            (tag, fields) ->
                addresses.put(
                    tag,
                    new Service.ServiceAddress(fields.text("Address"), fields.number("Port", 0))));
    return Map.copyOf(addresses);
  }

  private static Check namedCheck(Fields fields, String node) {
    Check check = check(fields, node, true);
    if (check.id().isEmpty()) {
      throw Refusal.error("Must provide CheckID or Name of a check");
    }
    return check;
  }

  /**
   * A check, whose id is its name when it has none.
   *
   * @param node where it is when it does not say that itself
   */
  public static Check check(Fields fields, String node) {
    return check(fields, node, false);
  }

  /**
   * @param typed whether one that does not say its type has that of its definition, as in Consul's
   *     catalog, but not in its transactions
   */
  private static Check check(Fields fields, String node, boolean typed) {
    String on = fields.text("Node");
    String name = fields.text("Name");
    String id = fields.text("CheckID").isEmpty() ? name : fields.text("CheckID");
    String status = fields.text("Status");
    String type = fields.text("Type");
    CheckDefinition definition = definition(fields.fields("Definition"));
    return new Check(
        on.isEmpty() ? node : on,
        id,
        name,
        status.isEmpty() ? NO_STATUS : status,
        fields.text("Notes"),
        fields.text("Output"),
        fields.text("ServiceID"),
        fields.text("ServiceName"),
        fields.texts("ServiceTags"),
        typed && type.isEmpty() ? definition.type() : type,
        fields.text("Interval"),
        fields.text("Timeout"),
        fields.number("ExposedPort", 0),
        definition,
        0,
        0);
  }

  private static CheckDefinition definition(Fields fields) {
    if (fields == null) {
      return CheckDefinition.NONE;
    }
    return new CheckDefinition(
        fields.text("HTTP"),
        fields.textsMap("Header"),
        fields.text("Method"),
        fields.text("Body"),
        fields.flag("DisableRedirects"),
        fields.text("TLSServerName"),
        fields.flag("TLSSkipVerify"),
        fields.text("TCP"),
        fields.text("UDP"),
        fields.text("GRPC"),
        fields.flag("GRPCUseTLS"),
        fields.text("H2PING"),
        fields.flag("H2PingUseTLS"),
        fields.texts("ScriptArgs"),
        fields.text("DockerContainerID"),
        fields.text("Shell"),
        fields.text("AliasNode"),
        fields.text("AliasService"),
        nanos(fields, "Interval"),
        nanos(fields, "Timeout"),
        fields.nanos("TTL"),
        nanos(fields, "DeregisterCriticalServiceAfter"),
        fields.number("OutputMaxSize", 0));
  }

  /** A transaction may say it under the name that Consul's client library once sent. */
  private static long nanos(Fields definition, String name) {
    long nanos = definition.nanos(name);
    return nanos == 0 ? definition.nanos(name + "Duration") : nanos;
  }

  /**
   * @throws Refusal 400 when a field has another type
   */
  static Command.Deregister readRemoval(Fields body) {
    String node = body.text("Node");
    return new Command.Deregister(
        node, nullIfEmpty(body, "ServiceID"), nullIfEmpty(body, "CheckID"));
  }

  private static String nullIfEmpty(Fields body, String name) {
    String text = body.text(name);
    return text.isEmpty() ? null : text;
  }
}
