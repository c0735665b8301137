package org.comitia.agent.definition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.comitia.agent.check.CheckSpec;
import org.comitia.config.Metadata;
import org.comitia.state.CommandRules;
import org.comitia.state.Service;
import org.comitia.state.Service.ServiceAddress;

/**
 * Reads definitions of services and checks: the bodies of {@code agent/service/register} and {@code
 * agent/check/register}, and the same objects in files. Pure functions; every refusal is an {@link
 * InvalidDefinitionException} with Consul's text.
 */
public final class Definitions {
  private static final int MAX_WEIGHT = 65_535;

  /** Why a check in a container is not carried out. */
  public static final String NO_DOCKER =
      "Invalid check: Docker checks are not supported; run the command as a script check";

  /** What only a service mesh carries out. */
  private static final Set<String> MESH_KINDS =
      Set.of("connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway");

  private Definitions() {}

  /**
   * @param node this node's name
   * @param tree maps, lists, texts, numbers and truth values
   */
  public static ServiceRegistration service(String node, Map<?, ?> tree)
      throws InvalidDefinitionException {
    return service(node, new DefinitionFields("", tree));
  }

  static ServiceRegistration service(String node, DefinitionFields fields)
      throws InvalidDefinitionException {
    String name = fields.text("Name");
    DefinitionFields weights = fields.fields("Weights");
    String id = fields.text("ID");
    Service service =
        new Service(
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
            weights == null ? 1 : weights.number("Passing", 0),
            weights == null ? 1 : weights.number("Warning", 0),
            fields.flag("EnableTagOverride"),
            "",
            "",
            0,
            0);
    List<DefinitionFields> checks = new ArrayList<>();
    DefinitionFields single = fields.fields("Check");
    if (single != null && !single.isBlank()) {
      checks.add(single);
    }
    checks.addAll(fields.fieldsList("Checks"));
    List<CheckSpec> specs = new ArrayList<>();
    for (int i = 0; i < checks.size(); i++) {
      String number = checks.size() > 1 ? ":" + (i + 1) : "";
      specs.add(
          spec(
              checks.get(i),
              "service:" + service.id() + number,
              "Service '" + service.name() + "' check",
              service.id(),
              true));
    }
    refuse(service, fields);
    for (CheckSpec spec : specs) {
      refuse(spec);
      if (!spec.status().isEmpty() && !isStatus(spec.status())) {
        throw new InvalidDefinitionException(
            "Status for checks must 'passing', 'warning', 'critical'");
      }
    }
    return new ServiceRegistration(service, List.copyOf(specs), fields.text("Token"));
  }

  private static boolean isStatus(String status) {
    return status.equals("passing") || status.equals("warning") || status.equals("critical");
  }

  private static void refuse(Service service, DefinitionFields fields)
      throws InvalidDefinitionException {
    if (service.name().isEmpty()) {
      throw new InvalidDefinitionException("Missing service name");
    }
    if (service.address().equals("0.0.0.0")
        || service.address().equals("::")
        || service.address().equals("[::]")) {
      throw new InvalidDefinitionException("Invalid service address");
    }
    if (service.weightPassing() < 1) {
      throw new InvalidDefinitionException("Invalid Weights: Passing must be greater than 0");
    }
    if (service.weightWarning() < 0) {
      throw new InvalidDefinitionException(
          "Invalid Weights: Warning must be greater or equal than 0");
    }
    if (service.weightPassing() > MAX_WEIGHT || service.weightWarning() > MAX_WEIGHT) {
      throw new InvalidDefinitionException(
          "Invalid Weights: DNS Weight must be between 0 and 65535");
    }
    refuse("Invalid Service Meta: ", Metadata.refusal(service.meta()));
    refuse("Invalid service: ", CommandRules.excess(service));
    DefinitionFields connect = fields.fields("Connect");
    refuseMesh("Kind", MESH_KINDS.contains(service.kind()));
    refuseMesh("Proxy", !DefinitionFields.isBlank(fields.value("Proxy")));
    refuseMesh("Connect.Native", connect != null && connect.flag("Native"));
    refuseMesh(
        "Connect.SidecarService", connect != null && connect.value("SidecarService") != null);
  }

  private static void refuseMesh(String field, boolean wanted) throws InvalidDefinitionException {
    if (wanted) {
      throw new InvalidDefinitionException(
          "COM5014: Invalid service: "
              + field
              + " is for a service mesh, which this agent does not have; leave it out");
    }
  }

  private static void refuse(String prefix, String problem) throws InvalidDefinitionException {
    if (problem != null) {
      throw new InvalidDefinitionException(prefix + problem);
    }
  }

  /**
   * Why a service's tagged addresses cannot be taken; null when nothing speaks against them. Consul
   * finds this out later than the rest, and answers it with 500.
   */
  public static String addressRefusal(Service service) {
    for (String family : List.of("ipv4", "ipv6")) {
      for (String network : List.of("lan", "wan")) {
        ServiceAddress tagged = service.taggedAddresses().get(network + "_" + family);
        if (tagged != null && !IpLiteral.isOf(family, tagged.address())) {
          return "Service tagged address \"%s_%s\" must be a valid %s address"
              .formatted(network, family, family);
        }
      }
    }
    return null;
  }

  /** Those that were given, and the service's own where it is an IP address. */
  private static Map<String, ServiceAddress> taggedAddresses(DefinitionFields service)
      throws InvalidDefinitionException {
    Map<String, ServiceAddress> addresses = new HashMap<>();
    for (Map.Entry<String, DefinitionFields> entry :
        service.fieldsMap("TaggedAddresses").entrySet()) {
      DefinitionFields fields = entry.getValue();
      addresses.put(
          entry.getKey(), new ServiceAddress(fields.text("Address"), fields.number("Port", 0)));
    }
    String address = service.text("Address");
    for (String family : List.of("ipv4", "ipv6")) {
      if (IpLiteral.isOf(family, address)) {
        ServiceAddress own = new ServiceAddress(address, service.number("Port", 0));
        addresses.putIfAbsent("lan_" + family, own);
        addresses.putIfAbsent("wan_" + family, own);
      }
    }
    return Map.copyOf(addresses);
  }

  /** A check that stands alone, of the node or of a service that is named in it. */
  public static CheckSpec check(Map<?, ?> tree) throws InvalidDefinitionException {
    return check(new DefinitionFields("", tree));
  }

  static CheckSpec check(DefinitionFields fields) throws InvalidDefinitionException {
    String name = fields.text("Name");
    CheckSpec spec = spec(fields, name, name, fields.text("ServiceID"), fields.flag("InService"));
    if (name.isEmpty()) {
      throw new InvalidDefinitionException("Missing check name");
    }
    if (!spec.status().isEmpty() && !isStatus(spec.status())) {
      throw new InvalidDefinitionException("Bad check status");
    }
    refuse(spec);
    return spec;
  }

  private static void refuse(CheckSpec spec) throws InvalidDefinitionException {
    refuse("Invalid check: ", spec.problem());
    refuse("Invalid check: ", CommandRules.checkExcess(spec.name(), spec.id()));
  }

  private static CheckSpec spec(
      DefinitionFields fields,
      String defaultId,
      String defaultName,
      String serviceId,
      boolean inService)
      throws InvalidDefinitionException {
    String id = fields.text("CheckID", "ID");
    String name = fields.text("Name");
    int failuresBeforeCritical = fields.number("FailuresBeforeCritical", 0);
    return new CheckSpec(
        id.isEmpty() ? defaultId : id,
        name.isEmpty() ? defaultName : name,
        fields.text("Notes"),
        serviceId,
        fields.text("Status"),
        fields.texts("Args", "ScriptArgs"),
        fields.text("HTTP"),
        fields.textListMap("Header"),
        fields.text("Method"),
        fields.text("Body"),
        fields.flag("DisableRedirects"),
        fields.text("TCP"),
        fields.text("UDP"),
        fields.text("GRPC"),
        fields.flag("GRPCUseTLS"),
        fields.text("H2PING"),
        fields.value("H2PingUseTLS") == null || fields.flag("H2PingUseTLS"),
        fields.text("AliasNode"),
        fields.text("AliasService"),
        fields.text("TLSServerName"),
        fields.flag("TLSSkipVerify"),
        fields.duration("TTL"),
        fields.duration("Interval"),
        fields.duration("Timeout"),
        fields.number("SuccessBeforePassing", 0),
        fields.number("FailuresBeforeWarning", failuresBeforeCritical),
        failuresBeforeCritical,
        fields.duration("DeregisterCriticalServiceAfter"),
        fields.number("OutputMaxSize", 0),
        fields.text("DockerContainerID"),
        inService);
  }
}
