package org.comitia.agent;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.agent.local.LocalServices;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.comitia.consensus.ConsensusServer;
import org.comitia.consensus.Delegate;
import org.comitia.consensus.Status;

/**
 * This node, once it runs: what {@code agent/*} answers from live values, and how it joins and
 * leaves.
 */
public final class NodeAgent {
  /**
   * Who this node is and what it works with.
   *
   * @param endedThread which thread that this node needs has ended, and why; empty when none has
   * @param settings those in force: a reload may change them
   * @param alwaysReady {@code comitia.health.ready}
   */
  public record Parts(
      String nodeName,
      UUID nodeId,
      String datacenter,
      String version,
      boolean bootstrap,
      boolean alwaysReady,
      Membership membership,
      Delegate delegate,
      LocalServices local,
      AgentTokens tokens,
      Supplier<String> endedThread,
      Supplier<Settings> settings) {}

  private static final Logger LOG = Logger.getLogger("agent");
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(14);

  /** A core that was not stepped for this long hangs: the process is of no use any more. */
  private static final long BEAT_LIMIT_NANOS = 10_000_000_000L;

  private static final long MAX_APPLY_LAG = 10_000;

  private final Parts parts;
  private volatile boolean leaving;

  public NodeAgent(Parts parts) {
    this.parts = parts;
  }

  public String datacenter() {
    return parts.datacenter();
  }

  /** By which this agent does things itself. */
  public AgentTokens tokens() {
    return parts.tokens();
  }

  public String nodeName() {
    return parts.nodeName();
  }

  public Agent.Self self() {
    Settings settings = parts.settings().get();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("Datacenter", datacenter());
    config.put("PrimaryDatacenter", datacenter());
    config.put("NodeName", nodeName());
    config.put("NodeID", parts.nodeId().toString());
    config.put("Revision", "");
    config.put("Server", isServer());
    config.put("Version", Version.ANNOUNCED);
    config.put("ComitiaVersion", parts.version());
    List<Member> members = members();
    Member own =
        members.stream().filter(m -> m.nodeId().equals(parts.nodeId())).findFirst().orElse(null);
    return new Agent.Self(
        config,
        DebugConfig.of(settings, parts.nodeId()),
        settings.nodeMeta(),
        own,
        Stats.of(
            parts.version(),
            parts.bootstrap(),
            isEncrypted(settings),
            settings.acl().enabled(),
            parts.delegate(),
            members,
            parts.membership().time(),
            parts.local().view(),
            parts.endedThread().get()));
  }

  /** Whether nobody is talked to at the cluster's ports who has proved nothing. */
  private static boolean isEncrypted(Settings settings) {
    boolean demanded = settings.encryptVerifyIncoming() && settings.encryptVerifyOutgoing();
    return (settings.encrypts() && demanded) || settings.internalRpcTls().hasAuthorities();
  }

  /**
   * False while it leaves, and afterwards until it joins or is joined; a server moreover until it
   * is taken in again: its record of having left goes with the first entry from a leader.
   */
  public boolean isMember() {
    return !leaving && !parts.membership().hasLeft() && !hasLeftRecord();
  }

  private boolean hasLeftRecord() {
    return parts.delegate().server().map(ConsensusServer::hasLeft).orElse(false);
  }

  private boolean isServer() {
    return parts.delegate().server().isPresent();
  }

  public List<Member> members() {
    return parts.membership().members();
  }

  /**
   * @return null on success, else Consul's error text
   */
  public String join(String address) {
    LOG.info("(LAN) joining: lan_addresses=[" + address + "]");
    Membership.JoinOutcome outcome;
    try {
      outcome = new PatientJoin(parts.membership()).join(List.of(address)).get(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
    if (!outcome.succeeded()) {
      LOG.warning("(LAN) couldn't join: address=" + address + " error=\"" + outcome.error() + "\"");
      return outcome.error();
    }
    parts.delegate().server().ifPresent(ConsensusServer::joinedAgain);
    LOG.info("(LAN) joined: number_of_nodes=1");
    return null;
  }

  /** See {@link Agent#leave()}. */
  public String leave() {
    leaving = true; // from here on nothing of ours writes this node into the catalog again
    parts.membership().updateTags(Map.of(Member.Tags.LEAVING, "1"));
    try {
      String problem = parts.delegate().leave(parts.tokens().agent(), LEAVE_LIMIT);
      if (problem != null && isServer()) {
        String why =
            "COM2008: could not leave, this node stays a member: reason=\"" + problem + "\"";
        LOG.warning(why);
        return why;
      }
      if (problem != null) {
        LOG.warning(
            "COM2042: leaving, though the cluster has not taken this node out of the catalog:"
                + " reason=\""
                + problem
                + "\"");
      }
      parts.membership().leave();
      LOG.info("left the cluster; this node idles until it is joined again");
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } finally {
      // A member again, or alone from now on: whoever joins it then finds nobody who leaves.
      parts.membership().updateTags(Map.of(Member.Tags.LEAVING, ""));
      leaving = false;
    }
  }

  /**
   * @return false when no such member is known
   */
  public boolean forceLeave(Caller caller, String name, boolean prune) {
    Optional<Member> failed =
        members().stream()
            .filter(m -> m.name().equals(name) && m.status() == Member.Status.FAILED)
            .findFirst();
    failed.ifPresent(
        member ->
            remove(caller, member)); // nobody is removed because of a view; this is a person's word
    return parts.membership().forceLeave(name, prune);
  }

  /** See {@link Agent#keyring}. */
  public CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key) {
    return isServer()
        ? parts.membership().keyring(operation, key)
        : CompletableFuture.completedFuture(
            KeyringReply.refused("keyring operations must run against a server node"));
  }

  private void remove(Caller caller, Member member) {
    parts
        .delegate()
        .remove(caller, member)
        .thenAccept(
            problem -> {
              if (problem != null) {
                LOG.warning(
                    "COM2009: force-leave: the cluster did not remove it: member="
                        + member.name()
                        + " reason=\""
                        + problem
                        + "\"");
              }
            });
  }

  public Agent.Health health() {
    Map<String, String> data = new TreeMap<>();
    data.put("node", parts.nodeName());
    data.put("mode", isServer() ? "server" : "client");
    return parts
        .delegate()
        .server()
        .map(server -> serverHealth(server, data))
        .orElseGet(() -> clientHealth(data));
  }

  private Agent.Health clientHealth(Map<String, String> data) {
    long servers = members().stream().filter(m -> m.isServer() && m.isAlive()).count();
    data.put("known_servers", String.valueOf(servers));
    if (servers == 0) {
      data.put(
          "reason",
          "COM2010: no server is known: join one with `comitia join ADDRESS` or comitia.retry-join");
    }
    String ended = parts.endedThread().get();
    if (!ended.isEmpty()) {
      data.put("reason", ended);
    }
    boolean ready = ended.isEmpty() && servers > 0;
    return new Agent.Health(ended.isEmpty(), true, parts.alwaysReady() || ready, data);
  }

  /** Not down for a disk, a missing leader or peers: a restart would not mend these. */
  private Agent.Health serverHealth(ConsensusServer server, Map<String, String> data) {
    Status status = server.status();
    ConsensusServer.Figures figures = server.figures();
    boolean live = figures.endedThread().isEmpty() && figures.sinceBeatNanos() < BEAT_LIMIT_NANOS;
    String reason = notReady(server, status, figures);
    data.put("leader", status.leaderAddress() == null ? "" : status.leaderAddress());
    data.put("applied_index", String.valueOf(figures.appliedIndex()));
    data.put("commit_index", String.valueOf(status.commitIndex()));
    data.put("durability", figures.durability().summary());
    if (server.stateLimit().isNear(server.stateBytes())) {
      data.put(
          "state",
          "COM3014: "
              + server.stateBytes()
              + " of "
              + server.stateLimit().bytes()
              + " bytes: at the limit nothing that makes it larger is accepted (comitia.state-limit)");
    }
    data.put("reason", reason);
    return new Agent.Health(live, true, parts.alwaysReady() || reason.isEmpty(), data);
  }

  private static String notReady(
      ConsensusServer server, Status status, ConsensusServer.Figures figures) {
    if (!figures.endedThread().isEmpty()) {
      return figures.endedThread();
    }
    if (!figures.applierHalted().isEmpty()) {
      return figures.applierHalted();
    }
    if (!figures.storeFailure().isEmpty()) {
      return "COM3002: log store failed: " + figures.storeFailure();
    }
    String noLeader = server.whyNoLeader();
    if (!noLeader.isEmpty()) {
      return noLeader;
    }
    String ruledOut = server.whyRuledOut();
    if (!ruledOut.isEmpty()) {
      return ruledOut;
    }
    String leftBehind = server.whyLeftBehind();
    if (!leftBehind.isEmpty()) {
      return leftBehind;
    }
    long lag = status.commitIndex() - figures.appliedIndex();
    return lag > MAX_APPLY_LAG ? "COM3021: " + lag + " committed entries are not applied yet" : "";
  }
}
