package org.comitia.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.comitia.access.Access;
import org.comitia.agent.local.LocalOptions;
import org.comitia.cluster.Member;
import org.comitia.config.AclSettings;
import org.comitia.config.AutopilotSettings;
import org.comitia.config.HostPort;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.comitia.consensus.AclOptions;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Node;
import org.comitia.storage.NodeIdFile;

/** Who this node is: its id, and what it says of itself to members and catalog. */
final class NodeIdentity {
  private NodeIdentity() {}

  /**
   * The id that the data directory keeps, or a new one.
   *
   * @throws RefusedException when it cannot be kept, or the settings want another
   */
  static UUID nodeId(Settings settings) throws RefusedException {
    Optional<UUID> wanted = settings.nodeId();
    if (settings.dataDir().isEmpty()) {
      return wanted.orElseGet(UUID::randomUUID);
    }
    Path dataDir = settings.dataDir().get();
    try {
      if (wanted.isPresent() && !Files.exists(dataDir.resolve(NodeIdFile.NAME))) {
        return NodeIdFile.create(dataDir, wanted.get());
      }
      UUID kept = NodeIdFile.readOrCreate(dataDir);
      if (wanted.isPresent() && !wanted.get().equals(kept)) {
        throw new RefusedException(
            "COM1005: node_id is "
                + wanted.get()
                + " but this data directory belongs to node "
                + kept
                + ". Drop the setting, or use another data directory",
            null);
      }
      return kept;
    } catch (IOException e) {
      throw new RefusedException(
          "COM1006: data_dir " + dataDir + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** Where the others reach its server port. */
  static String serverAddress(Settings settings) {
    return HostPort.of(settings.advertiseAddress(), settings.serverPort()).toString();
  }

  /** What the settings say about autopilot; null when they say nothing. */
  static AutopilotConfig autopilot(Settings settings) {
    AutopilotSettings given = settings.autopilot();
    AutopilotConfig usual = AutopilotConfig.DEFAULT;
    if (given.isEmpty()) {
      return null;
    }
    return new AutopilotConfig(
        given.cleanupDeadServers().orElse(usual.cleanupDeadServers()),
        given.lastContactThreshold().map(Duration::toNanos).orElse(usual.lastContactNanos()),
        given.maxTrailingLogs().map(Long::valueOf).orElse(usual.maxTrailingLogs()),
        given.minQuorum().map(Long::valueOf).orElse(usual.minQuorum()),
        given.serverStabilizationTime().map(Duration::toNanos).orElse(usual.stabilizationNanos()),
        "",
        false,
        "",
        0,
        0);
  }

  /**
   * Up to which feature level a leader may raise the cluster.
   *
   * @throws RefusedException when that is more than this version knows
   */
  static int levelLimit(Settings settings) throws RefusedException {
    int limit = settings.featureLevelMax().orElse(FeatureLevel.KNOWN);
    String problem = FeatureLevel.cannotBeHeldAt(limit);
    if (!problem.isEmpty()) {
      throw new RefusedException(problem, null);
    }
    return limit;
  }

  /**
   * What the others see of this node.
   *
   * @param incarnation null in client mode
   */
  static Map<String, String> tags(Settings settings, UUID nodeId, UUID incarnation) {
    Map<String, String> tags = new HashMap<>();
    tags.put(Member.Tags.ROLE, settings.server() ? "consul" : "node");
    tags.put(Member.Tags.DATACENTER, settings.datacenter());
    tags.put(Member.Tags.ID, nodeId.toString());
    tags.put(Member.Tags.BUILD, Version.ANNOUNCED);
    tags.put(Member.Tags.VERSION, "2");
    tags.put("vsn_min", "2");
    tags.put("vsn_max", "2");
    if (settings.httpPort() > 0) {
      tags.put(
          Member.Tags.HTTP_ADDRESS,
          HostPort.of(settings.clientAddresses().get(0), settings.httpPort()).toString());
    }
    if (settings.server()) {
      tags.put(Member.Tags.PORT, String.valueOf(settings.serverPort()));
      tags.put(Member.Tags.INCARNATION, incarnation.toString());
      tags.put(Member.Tags.FEATURE_LEVEL, String.valueOf(FeatureLevel.KNOWN));
      if (settings.bootstrap()) {
        tags.put(Member.Tags.BOOTSTRAP, "1");
      }
      if (settings.bootstrapExpect() > 0) {
        tags.put(Member.Tags.EXPECT, String.valueOf(settings.bootstrapExpect()));
      }
    }
    return tags;
  }

  /** How a server keeps access. */
  static AclOptions acl(Settings settings) {
    AclSettings acl = settings.acl();
    return new AclOptions(
        acl.enabled(),
        acl.defaultAllow() ? Access.WRITE : Access.DENY,
        acl.keyListPolicy(),
        acl.tokens().initialManagement(),
        settings.dataDir().map(dir -> dir.resolve("acl-bootstrap-reset")).orElse(null));
  }

  /** What the catalog shows of this node, and its own services and checks. */
  static LocalOptions localOptions(UUID nodeId, Settings from) {
    String address = from.advertiseAddress().getHostAddress();
    String family = address.contains(":") ? "ipv6" : "ipv4";
    Map<String, String> meta = new HashMap<>(from.nodeMeta());
    meta.put("consul-network-segment", "");
    return new LocalOptions(
        new Node(
            nodeId.toString(),
            from.nodeName(),
            address,
            from.datacenter(),
            Map.of(
                "lan", address, "lan_" + family, address, "wan", address, "wan_" + family, address),
            meta,
            0,
            0),
        from.definitions(),
        from.checkUpdateInterval(),
        from.discardCheckOutput(),
        from.localScriptChecks(),
        from.remoteScriptChecks());
  }
}
