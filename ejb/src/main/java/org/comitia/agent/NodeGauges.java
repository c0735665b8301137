package org.comitia.agent;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.consensus.ConsensusServer;
import org.comitia.consensus.Delegate;
import org.comitia.consensus.Status;
import org.comitia.metrics.Metrics.Gauge;

/** What is measured at a moment: this JVM, the members, and on a server its consensus. */
public final class NodeGauges implements Consumer<List<Gauge>> {
  private final Membership membership;
  private final Delegate delegate;
  private final Map<String, String> datacenter;

  public NodeGauges(Membership membership, Delegate delegate, String datacenter) {
    this.membership = membership;
    this.delegate = delegate;
    this.datacenter = Map.of("datacenter", datacenter);
  }

  @Override
  public void accept(List<Gauge> gauges) {
    addRuntime(gauges);
    addMembers(gauges);
    delegate.server().ifPresent(server -> addServer(gauges, server));
  }

  private static void addRuntime(List<Gauge> gauges) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    add(gauges, "runtime.alloc_bytes", memory.getHeapMemoryUsage().getUsed());
    add(
        gauges,
        "runtime.sys_bytes",
        memory.getHeapMemoryUsage().getCommitted() + memory.getNonHeapMemoryUsage().getCommitted());
    add(gauges, "runtime.num_threads", ManagementFactory.getThreadMXBean().getThreadCount());
    long runs = 0;
    long millis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      runs += Math.max(0, collector.getCollectionCount());
      millis += Math.max(0, collector.getCollectionTime());
    }
    add(gauges, "runtime.total_gc_runs", runs);
    add(gauges, "runtime.total_gc_pause_ns", millis * 1e6);
  }

  private void addMembers(List<Gauge> gauges) {
    List<Member> members = membership.members();
    long servers = members.stream().filter(m -> m.isAlive() && m.isServer()).count();
    long clients = members.stream().filter(m -> m.isAlive() && !m.isServer()).count();
    gauges.add(new Gauge("members.servers", datacenter, servers));
    gauges.add(new Gauge("members.clients", datacenter, clients));
  }

  private static void addServer(List<Gauge> gauges, ConsensusServer server) {
    Status status = server.status();
    ConsensusServer.Figures figures = server.figures();
    add(gauges, "server.isLeader", status.isLeader() ? 1 : 0);
    add(gauges, "raft.applied_index", figures.appliedIndex());
    add(gauges, "raft.fsm.state_bytes", server.stateBytes());
    add(gauges, "raft.fsm.state_limit", server.stateLimit().bytes());
    add(gauges, "raft.fsm.feature_level", server.levels().inForce());
    add(gauges, "raft.fsm.compared_index", server.comparedAt());
    add(gauges, "raft.commit_index", status.commitIndex());
    add(gauges, "raft.last_index", status.lastIndex());
    add(gauges, "raft.last_snapshot_index", status.base().index());
    add(gauges, "raft.peers", status.configuration().servers().size());
    add(gauges, "raft.store.bytes", figures.storeBytes());
    add(gauges, "raft.store.last_sync_ms", figures.lastSyncNanos() / 1e6);
    add(gauges, "rpc.queries_blocking", figures.blockingQueries());
    long silent = 0;
    for (Status.Peer peer : status.peers()) {
      silent = Math.max(silent, peer.silentNanos());
    }
    if (status.isLeader() && !status.peers().isEmpty()) {
      add(gauges, "raft.leader.lastContact", silent / 1e6);
    }
  }

  private static void add(List<Gauge> gauges, String name, double value) {
    gauges.add(new Gauge(name, Map.of(), value));
  }
}
