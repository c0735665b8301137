package org.comitia.agent;

import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Member;
import org.comitia.consensus.ConsensusServer;
import org.comitia.consensus.Delegate;
import org.comitia.consensus.Levels;
import org.comitia.consensus.Status;
import org.comitia.raft.Configuration;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.Recovered;

/**
 * The figures of {@code agent/self} and {@code info}, in Consul's groups and keys, all from live
 * values.
 */
final class Stats {
  private Stats() {}

  static Map<String, Map<String, String>> of(
      String version,
      boolean bootstrap,
      boolean encrypted,
      boolean acl,
      Delegate delegate,
      List<Member> members,
      long memberTime,
      LocalServices.View local,
      String endedThread) {
    Map<String, Map<String, String>> groups = new TreeMap<>();
    Map<String, String> agent = agent(local);
    if (!endedThread.isEmpty()) {
      agent.put("ended_thread", endedThread);
    }
    groups.put("agent", agent);
    groups.put(
        "build",
        sorted("prerelease", prerelease(version), "revision", "", "version", release(version)));
    groups.put("runtime", runtime());
    groups.put("serf_lan", serf(encrypted, members, memberTime));
    delegate.server().ifPresent(server -> groups.put("raft", raft(server)));
    groups.put(
        "consul",
        delegate
            .server()
            .map(server -> consul(acl, bootstrap, server))
            .orElseGet(() -> consul(acl, members)));
    return groups;
  }

  private static Map<String, String> consul(boolean acl, List<Member> members) {
    long servers = members.stream().filter(m -> m.isServer() && m.isAlive()).count();
    return sorted("acl", acl(acl), "known_servers", String.valueOf(servers), "server", "false");
  }

  private static String acl(boolean enabled) {
    return enabled ? "enabled" : "disabled";
  }

  private static Map<String, String> agent(LocalServices.View local) {
    return sorted(
        "check_monitors", count(local, "script"),
        "check_ttls", count(local, "ttl"),
        "checks", String.valueOf(local.checks().size()),
        "services", String.valueOf(local.services().size()));
  }

  private static String count(LocalServices.View local, String type) {
    return String.valueOf(
        local.checks().values().stream().filter(check -> check.type().equals(type)).count());
  }

  private static String release(String version) {
    int dash = version.indexOf('-');
    return dash < 0 ? version : version.substring(0, dash);
  }

  private static String prerelease(String version) {
    int dash = version.indexOf('-');
    return dash < 0 ? "" : version.substring(dash + 1);
  }

  private static Map<String, String> runtime() {
    int cpus = Runtime.getRuntime().availableProcessors();
    return sorted(
        "arch", System.getProperty("os.arch"),
        "cpu_count", String.valueOf(cpus),
        "max_procs", String.valueOf(cpus),
        "os", System.getProperty("os.name").toLowerCase(Locale.ROOT),
        "threads", String.valueOf(ManagementFactory.getThreadMXBean().getThreadCount()),
        "version", "java" + Runtime.version());
  }

  private static Map<String, String> serf(boolean encrypted, List<Member> members, long time) {
    return sorted(
        "encrypted", String.valueOf(encrypted),
        "failed", count(members, Member.Status.FAILED),
        "left", count(members, Member.Status.LEFT),
        "member_time", String.valueOf(time),
        "members", String.valueOf(members.size()));
  }

  private static String count(List<Member> members, Member.Status status) {
    return String.valueOf(members.stream().filter(m -> m.status() == status).count());
  }

  private static Map<String, String> consul(
      boolean acl, boolean bootstrap, ConsensusServer server) {
    Status status = server.status();
    Map<String, String> group =
        sorted(
            "acl",
            acl(acl),
            "bootstrap",
            String.valueOf(bootstrap),
            "known_datacenters",
            "1",
            "leader",
            String.valueOf(status.isLeader()),
            "leader_addr",
            status.leaderAddress() == null ? "" : status.leaderAddress(),
            "server",
            "true");
    group.put("cluster_id", status.cluster() == null ? "" : status.cluster().toString());
    String reason = server.whyNoLeader();
    if (!reason.isEmpty()) {
      group.put("no_leader_reason", reason);
    }
    return group;
  }

  private static Map<String, String> raft(ConsensusServer server) {
    Status status = server.status();
    ConsensusServer.Figures figures = server.figures();
    Map<String, String> group = new TreeMap<>();
    group.put("applied_index", String.valueOf(figures.appliedIndex()));
    if (!figures.applierHalted().isEmpty()) {
      group.put("applying_halted", figures.applierHalted());
    }
    group.put("commit_index", String.valueOf(status.commitIndex()));
    group.put("durability", figures.durability().summary());
    if (!figures.durability().warning().isEmpty()) {
      group.put("durability_warning", figures.durability().warning());
    }
    Levels levels = server.levels();
    group.put("feature_level", String.valueOf(levels.inForce()));
    if (!levels.heldBy().isEmpty()) {
      group.put("feature_level_held_by", levels.heldBy());
    }
    group.put("feature_level_known", String.valueOf(levels.known()));
    if (levels.lowest() >= 0) {
      group.put("feature_level_lowest", String.valueOf(levels.lowest()));
    }
    group.put(
        "fsm_pending", String.valueOf(Math.max(0, status.commitIndex() - figures.appliedIndex())));
    group.put("last_contact", lastContact(status));
    group.put("last_log_index", String.valueOf(status.lastIndex()));
    group.put("last_log_term", String.valueOf(status.lastTerm()));
    group.put("last_snapshot_index", String.valueOf(status.base().index()));
    group.put("last_snapshot_term", String.valueOf(status.base().term()));
    group.put("latest_configuration", text(status.configuration()));
    group.put("latest_configuration_index", String.valueOf(status.configurationIndex()));
    if (!server.whyUndecided().isEmpty()) {
      group.put("states_differ", server.whyUndecided());
    }
    if (!server.whyLeftBehind().isEmpty()) {
      group.put("left_behind", server.whyLeftBehind());
    }
    group.put("num_peers", String.valueOf(peers(status, server.id())));
    group.put("protocol_version", "3");
    group.put("protocol_version_max", "3");
    group.put("protocol_version_min", "3");
    recovered(server, group);
    String ruledOut = server.whyRuledOut();
    if (!ruledOut.isEmpty()) {
      group.put("ruled_out", ruledOut);
    }
    group.put("scrub_last", server.lastScrub());
    if (!server.scrubProgress().isEmpty()) {
      group.put("scrub_progress", server.scrubProgress());
    }
    group.put("saved_index", String.valueOf(figures.savedIndex()));
    group.put("snapshot_version_max", "1");
    group.put("snapshot_version_min", "0");
    group.put("state", state(status));
    group.put("state_compared_at", String.valueOf(server.comparedAt()));
    group.put("state_bytes", String.valueOf(server.stateBytes()));
    group.put("state_limit", String.valueOf(server.stateLimit().bytes()));
    group.put("store_bytes", String.valueOf(figures.storeBytes()));
    group.put("syncs", String.valueOf(figures.syncs()));
    group.put("term", String.valueOf(status.term()));
    return group;
  }

  /** The newest recovery from a lost quorum that this server's log went through. */
  private static void recovered(ConsensusServer server, Map<String, String> group) {
    if (!server.recoveries().isEmpty()) {
      Recovered newest = server.recoveries().get(0);
      group.put("recovered_at", Instant.ofEpochMilli(newest.atMillis()).toString());
      group.put("recovered_dropped", newest.droppedText());
      group.put("recovered_from", newest.predecessor().toString());
      group.put("recovered_known_index", String.valueOf(newest.knownIndex()));
      group.put("recovered_last_index", String.valueOf(newest.lastIndex()));
      group.put("recovered_last_term", String.valueOf(newest.lastTerm()));
    }
  }

  private static String state(Status status) {
    return switch (status.role()) {
      case LEADER -> "Leader";
      case CANDIDATE -> "Candidate";
      case FOLLOWER -> "Follower";
    };
  }

  private static String lastContact(Status status) {
    long nanos = status.lastContactNanos(System.nanoTime());
    return nanos < 0 ? "never" : nanos == 0 ? "0" : nanos / 1_000_000 + "ms";
  }

  /** Voters other than this server; 0 when it is no voter. */
  private static long peers(Status status, ServerId self) {
    Configuration configuration = status.configuration();
    return configuration.isVoter(self) ? configuration.voters().size() - 1 : 0;
  }

  private static String text(Configuration configuration) {
    return org.comitia.consensus.Texts.configuration(configuration);
  }

  private static Map<String, String> sorted(String... pairs) {
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
