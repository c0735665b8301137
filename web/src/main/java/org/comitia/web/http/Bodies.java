package org.comitia.web.http;

import static org.comitia.web.http.BodyType.ANY;
import static org.comitia.web.http.BodyType.DURATION;
import static org.comitia.web.http.BodyType.FLAG;
import static org.comitia.web.http.BodyType.NUMBER;
import static org.comitia.web.http.BodyType.OCTETS;
import static org.comitia.web.http.BodyType.REAL;
import static org.comitia.web.http.BodyType.TEXT;
import static org.comitia.web.http.BodyType.UNSIGNED;
import static org.comitia.web.http.BodyType.list;
import static org.comitia.web.http.BodyType.map;
import static org.comitia.web.http.BodyType.struct;

import org.comitia.web.http.BodyType.Struct;

/**
 * The bodies that the API takes: every field that Consul 1.10 knows, those of later versions that
 * mean something here, and the ways to spell them.
 */
public final class Bodies {
  private static final BodyType HEADERS = map(list(TEXT));

  // ---- the mesh, which is kept and given back

  private static final Struct MESH_GATEWAY = struct("structs.MeshGatewayConfig").with(TEXT, "Mode");

  private static final Struct TRANSPARENT_PROXY =
      struct("structs.TransparentProxyConfig")
          .with(NUMBER, "OutboundListenerPort", "outbound_listener_port")
          .with(FLAG, "DialedDirectly", "dialed_directly");

  private static final Struct EXPOSE =
      struct("structs.ExposeConfig")
          .with(FLAG, "Checks")
          .with(
              list(
                  struct("structs.ExposePath")
                      .apart()
                      .with(NUMBER, "ListenerPort", "listener_port")
                      .with(NUMBER, "LocalPathPort", "local_path_port")
                      .with(TEXT, "Path", "Protocol")
                      .with(FLAG, "ParsedFromCheck", "parsed_from_check")),
              "Paths");

  private static final Struct UPSTREAM =
      struct("structs.Upstream")
          .apart()
          .with(TEXT, "DestinationType", "destination_type")
          .with(TEXT, "DestinationName", "destination_name")
          .with(TEXT, "Datacenter", "LocalBindAddress", "local_bind_address")
          .with(NUMBER, "LocalBindPort", "local_bind_port")
          .with(TEXT, "LocalBindSocketPath", "local_bind_socket_path")
          .with(TEXT, "LocalBindSocketMode", "local_bind_socket_mode")
          .with(map(ANY), "Config")
          .with(MESH_GATEWAY, "MeshGateway", "mesh_gateway")
          .with(FLAG, "CentrallyConfigured");

  /** A service's {@code Proxy}. */
  static final Struct PROXY =
      struct("structs.ConnectProxyConfig")
          .apart()
          .with(TEXT, "DestinationServiceName", "destination_service_name")
          .with(TEXT, "DestinationServiceID", "destination_service_id")
          .with(TEXT, "LocalServiceAddress", "local_service_address")
          .with(NUMBER, "LocalServicePort", "local_service_port")
          .with(TEXT, "LocalServiceSocketPath", "local_service_socket_path")
          .with(TEXT, "Mode")
          .with(map(ANY), "Config")
          .with(list(UPSTREAM, "structs.Upstreams"), "Upstreams")
          .with(MESH_GATEWAY, "MeshGateway", "mesh_gateway")
          .with(EXPOSE, "Expose")
          .with(TRANSPARENT_PROXY, "TransparentProxy", "transparent_proxy");

  /** A service's {@code Connect}; the registration of a sidecar in it is not looked into. */
  static final Struct CONNECT =
      struct("structs.ServiceConnect")
          .apart()
          .with(FLAG, "Native")
          .with(map(ANY), "SidecarService", "sidecar_service");

  // ---- parts

  private static final BodyType TAGGED_ADDRESSES =
      map(struct("structs.ServiceAddress").with(TEXT, "Address").with(NUMBER, "Port"));

  private static final Struct WEIGHTS =
      struct("structs.Weights").with(NUMBER, "Passing", "Warning");

  private static final Struct INDEXES = struct("").with(UNSIGNED, "CreateIndex", "ModifyIndex");

  private static final Struct SERVICE =
      struct("structs.NodeService")
          .with(TEXT, "Kind", "ID", "Service", "Address", "SocketPath")
          .with(list(TEXT), "Tags")
          .with(map(TEXT), "Meta")
          .with(NUMBER, "Port")
          .with(TAGGED_ADDRESSES, "TaggedAddresses")
          .with(WEIGHTS, "Weights")
          .with(FLAG, "EnableTagOverride")
          .with(PROXY, "Proxy")
          .with(CONNECT, "Connect")
          .with(INDEXES);

  private static final Struct CHECK_DEFINITION =
      struct("structs.HealthCheckDefinition")
          .apart()
          .with(DURATION, "Interval", "Timeout", "TTL", "DeregisterCriticalServiceAfter")
          .with(TEXT, "HTTP", "TLSServerName", "Method", "Body", "TCP", "UDP", "H2PING")
          .with(FLAG, "TLSSkipVerify", "DisableRedirects", "H2PingUseTLS", "GRPCUseTLS")
          .with(HEADERS, "Header")
          .with(NUMBER, "OutputMaxSize")
          .with(list(TEXT), "ScriptArgs")
          .with(TEXT, "DockerContainerID", "Shell", "GRPC", "AliasNode", "AliasService");

  private static final Struct CHECK =
      struct("structs.HealthCheck")
          .with(TEXT, "Node", "CheckID", "Name", "Status", "Notes", "Output")
          .with(TEXT, "ServiceID", "ServiceName", "Type", "Interval", "Timeout")
          .with(list(TEXT), "ServiceTags")
          .with(NUMBER, "ExposedPort")
          .with(CHECK_DEFINITION, "Definition")
          .with(INDEXES);

  // ---- operator

  /** {@code operator/autopilot/configuration}. */
  public static final Struct AUTOPILOT =
      struct("api.AutopilotConfiguration")
          .with(FLAG, "CleanupDeadServers", "DisableUpgradeMigration")
          .with(DURATION, "LastContactThreshold", "ServerStabilizationTime")
          .with(UNSIGNED, "MaxTrailingLogs", "MinQuorum")
          .with(TEXT, "RedundancyZoneTag", "UpgradeVersionTag")
          .with(INDEXES);

  /** {@code operator/keyring}. */
  public static final Struct KEYRING =
      struct("agent.keyringArgs")
          .with(TEXT, "Key", "Token")
          .with(UNSIGNED, "RelayFactor")
          .with(FLAG, "LocalOnly");

  // ---- catalog

  /** {@code catalog/register}. */
  public static final Struct REGISTER =
      struct("structs.RegisterRequest")
          .with(TEXT, "Datacenter", "ID", "Node", "Address", "Token")
          .with(map(TEXT), "TaggedAddresses", "NodeMeta")
          .with(SERVICE, "Service")
          .with(CHECK, "Check")
          .with(list(CHECK, "structs.HealthChecks"), "Checks")
          .with(FLAG, "SkipNodeUpdate")
          .with(INDEXES);

  /** {@code catalog/deregister}. */
  public static final Struct DEREGISTER =
      struct("structs.DeregisterRequest")
          .with(TEXT, "Datacenter", "Node", "ServiceID", "CheckID", "Token");

  /** {@code coordinate/update}. */
  public static final Struct COORDINATE =
      struct("structs.CoordinateUpdateRequest")
          .with(TEXT, "Datacenter", "Node", "Segment", "Token")
          .with(
              struct("coordinate.Coordinate")
                  .with(list(REAL), "Vec")
                  .with(REAL, "Error", "Adjustment", "Height"),
              "Coord");

  // ---- the agent

  /** What the checks inside a service and those that stand alone have in common. */
  private static final Struct HOW_TO_CHECK =
      struct("")
          .with(TEXT, "Name", "Status", "Notes", "ServiceID", "service_id")
          .with(list(TEXT), "Args", "ScriptArgs", "script_args")
          .with(TEXT, "HTTP", "Method", "Body", "TCP", "UDP", "H2PING", "Shell", "GRPC")
          .with(TEXT, "DockerContainerID", "docker_container_id")
          .with(TEXT, "TLSServerName", "tls_server_name", "AliasNode", "AliasService")
          .with(FLAG, "TLSSkipVerify", "tls_skip_verify", "GRPCUseTLS", "grpc_use_tls")
          .with(FLAG, "H2PingUseTLS", "h2ping_use_tls", "DisableRedirects")
          .with(HEADERS, "Header")
          .with(DURATION, "Interval", "Timeout", "TTL")
          .with(DURATION, "DeregisterCriticalServiceAfter", "deregister_critical_service_after")
          .with(NUMBER, "SuccessBeforePassing", "FailuresBeforeWarning", "FailuresBeforeCritical")
          .with(NUMBER, "OutputMaxSize");

  /** {@code agent/check/register}. */
  public static final Struct AGENT_CHECK =
      struct("struct").with(HOW_TO_CHECK).with(TEXT, "ID", "Token");

  private static final Struct CHECK_OF_SERVICE =
      struct("struct").apart().with(HOW_TO_CHECK).with(TEXT, "CheckID", "ProxyHTTP", "ProxyGRPC");

  /** {@code agent/service/register}. */
  public static final Struct AGENT_SERVICE =
      struct("struct")
          .with(TEXT, "Kind", "ID", "Name", "Address", "SocketPath", "Token")
          .with(list(TEXT), "Tags")
          .with(map(TEXT), "Meta")
          .with(NUMBER, "Port")
          .with(TAGGED_ADDRESSES, "TaggedAddresses", "tagged_addresses")
          .with(CHECK_OF_SERVICE, "Check")
          .with(list(CHECK_OF_SERVICE, "structs.CheckTypes"), "Checks")
          .with(WEIGHTS, "Weights")
          .with(FLAG, "EnableTagOverride", "enable_tag_override")
          .with(PROXY, "Proxy")
          .with(CONNECT, "Connect");

  /** {@code agent/check/update}. */
  public static final Struct CHECK_UPDATE =
      struct("agent.checkUpdate").with(TEXT, "Status", "Output");

  /** {@code agent/token}. */
  public static final Struct AGENT_TOKEN = struct("api.AgentToken").with(TEXT, "Token");

  // ---- sessions, prepared queries

  /** {@code session/create}. */
  public static final Struct SESSION =
      struct("structs.Session")
          .apart()
          .with(TEXT, "ID", "Name", "Node", "Behavior", "TTL")
          .with(DURATION, "LockDelay")
          .with(list(TEXT), "NodeChecks", "Checks")
          .with(list(struct("structs.ServiceCheck").with(TEXT, "ID", "Namespace")), "ServiceChecks")
          .with(INDEXES);

  /** {@code query}. */
  public static final Struct PREPARED_QUERY =
      struct("structs.PreparedQuery")
          .with(TEXT, "ID", "Name", "Session", "Token")
          .with(
              struct("structs.QueryTemplateOptions")
                  .with(TEXT, "Type", "Regexp")
                  .with(FLAG, "RemoveEmptyTags"),
              "Template")
          .with(
              struct("structs.ServiceQuery")
                  .with(TEXT, "Service", "Near")
                  .with(
                      struct("structs.QueryDatacenterOptions")
                          .with(NUMBER, "NearestN")
                          .with(list(TEXT), "Datacenters"),
                      "Failover")
                  .with(FLAG, "OnlyPassing", "Connect")
                  .with(list(TEXT), "IgnoreCheckIDs", "Tags")
                  .with(map(TEXT), "NodeMeta", "ServiceMeta"),
              "Service")
          .with(struct("structs.QueryDNSOptions").with(TEXT, "TTL"), "DNS")
          .with(INDEXES);

  // ---- access control

  private static final BodyType LINKS = list(struct("structs.ACLLink").with(TEXT, "ID", "Name"));

  private static final Struct IDENTITIES =
      struct("")
          .with(
              list(
                  struct("structs.ACLServiceIdentity")
                      .with(TEXT, "ServiceName")
                      .with(list(TEXT), "Datacenters")),
              "ServiceIdentities")
          .with(
              list(struct("structs.ACLNodeIdentity").with(TEXT, "NodeName", "Datacenter")),
              "NodeIdentities");

  /** {@code acl/token}: also what an answer has, since clients send back what they have read. */
  public static final Struct ACL_TOKEN =
      struct("structs.ACLToken")
          .apart()
          .with(TEXT, "AccessorID", "SecretID", "Description", "AuthMethod")
          .with(LINKS, "Policies", "Roles")
          .with(IDENTITIES)
          .with(FLAG, "Local")
          .with(DURATION, "ExpirationTTL")
          .with(TEXT, "ExpirationTime", "CreateTime")
          .with(OCTETS, "Hash")
          .with(INDEXES);

  /** {@code acl/policy}. */
  public static final Struct ACL_POLICY =
      struct("structs.ACLPolicy")
          .with(TEXT, "ID", "Name", "Description", "Rules")
          .with(list(TEXT), "Datacenters")
          .with(OCTETS, "Hash")
          .with(INDEXES);

  /** {@code acl/role}. */
  public static final Struct ACL_ROLE =
      struct("structs.ACLRole")
          .with(TEXT, "ID", "Name", "Description")
          .with(LINKS, "Policies")
          .with(IDENTITIES)
          .with(OCTETS, "Hash")
          .with(INDEXES);

  /** {@code acl/bootstrap}. */
  public static final Struct ACL_BOOTSTRAP = struct("struct").with(TEXT, "BootstrapSecret");

  // ---- transactions, whose parts are those of Consul's client library

  private static final Struct TXN_KV =
      struct("api.KVTxnOp")
          .with(TEXT, "Verb", "Key", "Session")
          .with(OCTETS, "Value")
          .with(UNSIGNED, "Flags", "Index");

  private static final Struct TXN_NODE =
      struct("api.NodeTxnOp")
          .with(TEXT, "Verb")
          .with(
              struct("api.Node")
                  .with(TEXT, "ID", "Node", "Address", "Datacenter")
                  .with(map(TEXT), "TaggedAddresses", "Meta")
                  .with(INDEXES),
              "Node");

  private static final Struct TXN_SERVICE =
      struct("api.ServiceTxnOp")
          .with(TEXT, "Verb", "Node")
          .with(
              struct("api.AgentService").with(SERVICE).with(TEXT, "ContentHash", "Datacenter"),
              "Service");

  private static final Struct TXN_CHECK =
      struct("api.CheckTxnOp")
          .with(TEXT, "Verb")
          .with(
              struct("api.HealthCheck")
                  .with(CHECK)
                  .with(
                      struct("api.HealthCheckDefinition")
                          .apart()
                          .lenient()
                          .with(CHECK_DEFINITION)
                          .with(DURATION, "IntervalDuration", "TimeoutDuration")
                          .with(DURATION, "DeregisterCriticalServiceAfterDuration"),
                      "Definition"),
              "Check");

  /** One operation of {@code txn}. */
  public static final Struct TXN_OP =
      struct("api.TxnOp")
          .with(TXN_KV, "KV")
          .with(TXN_NODE, "Node")
          .with(TXN_SERVICE, "Service")
          .with(TXN_CHECK, "Check");

  private Bodies() {}
}
