package org.comitia.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Message;
import org.comitia.raft.Persist;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.participant.Recovered;
import org.comitia.state.Command;

/**
 * What must hold whatever happens (paper figure 3, design §2), looked at after every event: at the
 * node that the event touched, against all that is known of the past of all nodes.
 */
final class Invariants {
  private static final int COMPARE_EVERY = 16;

  /** Of everything: the clients are few, and nothing of theirs waits for longer than 10 s. */
  private static final int MAX_WAITING = 2_000;

  private static final long MAX_BACKLOG_BYTES = 1 << 20;

  private final World world;
  private final Map<UUID, Ledger> ledgers = new HashMap<>();
  private final Map<ServerId, Integer> numbers = new HashMap<>();
  private final BootstrapInvariants bootstraps;

  /** Who voted for whom; a server is (node, incarnation), so a wiped one is another. */
  private final Map<ServerId, Map<Long, ServerId>> votes = new HashMap<>();

  /** Terms whose leader told this server to campaign. */
  private final Map<ServerId, Set<Long>> told = new HashMap<>();

  /** The highest term that was ever on this server's disk. */
  private final Map<ServerId, Long> durableTerms = new HashMap<>();

  /** Bytes of entries by leader, term and follower. */
  private final Map<String, Long> sentInTheCalm = new HashMap<>();

  /** The clusters of the writes that were committed, of those of which there is one each. */
  private final Map<String, UUID> writes = new HashMap<>();

  /** Whom a recovery from a lost quorum left out: with their old disks they are nobody's. */
  private final Set<ServerId> dropped = new HashSet<>();

  /** Those of which a client was told that they were not. */
  private final Set<String> notApplied = new HashSet<>();

  Invariants(World world) {
    this.world = world;
    this.bootstraps = new BootstrapInvariants(this);
  }

  Ledger ledger(UUID cluster) {
    return ledgers.computeIfAbsent(
        cluster, c -> new Ledger(world.broken == Breakage.RESTORE_KEEPS_INDEXES));
  }

  Ledger ledgerOf(SimulatedNode node) {
    return ledger(node.participant.cluster());
  }

  /** A small number for each server ever seen, for bit sets. */
  int number(ServerId id) {
    int number = numbers.computeIfAbsent(id, i -> numbers.size());
    if (number >= Long.SIZE) {
      throw new IllegalStateException("more than 64 incarnations in one run");
    }
    return number;
  }

  int incarnations() {
    return numbers.size();
  }

  /** A short name for the trace. */
  String name(ServerId id) {
    int ordinal = world.network.ordinal(id.node());
    boolean current = ordinal >= 0 && world.nodes[ordinal].id().equals(id);
    return (ordinal < 0 ? "?" : world.nodes[ordinal].name) + (current ? "" : "'");
  }

  static void require(boolean holds, String rule, Supplier<String> detail) {
    if (!holds) {
      throw new Violation(rule, detail.get());
    }
  }

  // ---- life ------------------------------------------------------------------------------------

  void starting(SimulatedNode node) {
    number(node.id());
    saved(node);
  }

  void wiped(SimulatedNode node) {
    number(node.id());
  }

  /** A person says that these are lost for good, and has another one go on. */
  void dropped(List<SimulatedNode> nodes) {
    nodes.forEach(node -> dropped.add(node.id()));
  }

  boolean isDropped(ServerId id) {
    return dropped.contains(id);
  }

  /**
   * This server was recovered. What its log held is what its new cluster begins with, and no later
   * leader may lack any of it; of the former cluster it has no memory but that.
   *
   * @param before its log before that
   */
  void recovered(SimulatedNode node, DiskLog before, Recovered done) {
    if (done.cluster().equals(done.predecessor())) {
      return; // broken: all goes on in one ledger
    }
    Ledger former = ledger(done.predecessor());
    Ledger next = ledger(done.cluster());
    long bit = 1L << number(node.id());
    long previous = 0;
    for (long i = 1; i <= before.lastIndex(); i++) {
      Entry entry = i <= before.base().index() ? former.committedAt(i) : before.get(i);
      next.seen(entry, previous, node.name);
      next.durable(entry, bit);
      Command command = next.commit(entry, done.lastTerm());
      String write = command == null ? null : SimulatedWrites.name(command);
      if (write != null && !former.isCommitted(entry)) {
        // Perhaps it lost its place in the former cluster, and its writer was told so, or it was
        // sent again and has another place there.
        notApplied.remove(write);
        if (!done.predecessor().equals(writes.get(write))) {
          once(command, done.cluster());
        }
      }
      previous = entry.term();
    }
    for (Entry entry : node.disk.log.from(before.lastIndex() + 1)) {
      next.seen(entry, previous, node.name);
      next.durable(entry, bit);
    }
  }

  // ---- disk ------------------------------------------------------------------------------------

  void persisting(SimulatedNode node, Persist persist) {
    if (persist.entries().isEmpty()) {
      return;
    }
    Ledger ledger = ledgerOf(node);
    long previous = previousTerm(node, persist);
    for (Entry entry : persist.entries()) {
      ledger.seen(entry, previous, node.name);
      previous = entry.term();
    }
  }

  private static long previousTerm(SimulatedNode node, Persist persist) {
    long before = persist.entries().get(0).index() - 1;
    LogBase base = persist.base();
    return base != null && base.index() == before
        ? base.term()
        : Math.max(0, node.disk.written.termAt(before));
  }

  void synced(SimulatedNode node, SimulatedDisk.Write write) {
    long bit = 1L << number(node.id());
    require(
        node.disk.log.base().index() <= node.disk.tables.point().appliedIndex(),
        "a log never begins behind what the tables hold",
        () ->
            node.name
                + " begins behind "
                + node.disk.log.base().index()
                + ", its tables are at "
                + node.disk.tables.point().appliedIndex());
    for (Persist persist : write.persists()) {
      for (Entry entry : persist.entries()) {
        Ledger ledger = ledgers.get(cluster(node));
        if (ledger != null) {
          ledger.durable(entry, bit);
        }
      }
    }
    HardState hard = node.disk.hardState;
    Long before = durableTerms.put(node.id(), hard.term());
    require(
        before == null || before <= hard.term(),
        "terms only grow",
        () -> node.name + " writes term " + hard.term() + " after " + before);
  }

  /** The node may be in the middle of a crash: the protocol object still knows. */
  private static UUID cluster(SimulatedNode node) {
    return node.participant.cluster();
  }

  void saved(SimulatedNode node) {
    CatalogStore.Point point = node.disk.tables.point();
    long index = point.appliedIndex();
    require(
        point.fromSnapshot() || index <= node.disk.log.lastIndex(),
        "tables never ahead of the synced log",
        () -> node.name + " saved index " + index + ", synced " + node.disk.log.lastIndex());
    require(
        point.fromSnapshot() || node.disk.log.agrees(index, point.appliedTerm()),
        "tables never ahead of the synced log",
        () ->
            node.name
                + " saved index "
                + index
                + " of term "
                + point.appliedTerm()
                + ", not yet synced");
    if (node.running && node.participant != null && node.participant.cluster() != null) {
      ledgerOf(node).digest(node.disk.tables.state(), node.name + "'s tables");
    }
  }

  // ---- frames ----------------------------------------------------------------------------------

  void frame(SimulatedNode node, ServerId to, Message message) {
    require(
        node.participant.cluster() != null,
        "no Raft frame without a cluster",
        () -> node.name + " sends " + message);
    HardState disk = node.disk.hardState;
    if (message instanceof Message.PreVoteRequest m) {
      synced(m.term() - 1 <= disk.term(), node, message);
    } else if (message instanceof Message.PreVoteResponse m) {
      synced(m.granted() || m.term() <= disk.term(), node, message);
    } else {
      synced(message.term() <= disk.term(), node, message);
    }
    if (message instanceof Message.VoteRequest || message instanceof Message.PreVoteRequest) {
      require(
          node.leftAt < 0,
          "who has left does not campaign",
          () -> node.name + " left at index " + node.leftAt + " and sends " + message);
    }
    if (message instanceof Message.VoteRequest m) {
      synced(disk.term() > m.term() || node.id().equals(disk.vote()), node, message);
      vote(node, m.term(), node.id());
      require(
          !m.transfer() || told.getOrDefault(node.id(), Set.of()).contains(m.term() - 1),
          "only who was told by the term's leader campaigns past stickiness",
          () -> node.name + " sends " + message);
    } else if (message instanceof Message.VoteResponse m && m.granted()) {
      synced(disk.term() > m.term() || to.equals(disk.vote()), node, message);
      vote(node, m.term(), to);
    } else if (message instanceof Message.AppendResponse m && m.success()) {
      synced(m.matchIndex() <= node.disk.log.lastIndex(), node, message);
    } else if (message instanceof Message.TimeoutNow m) {
      told.computeIfAbsent(to, t -> new HashSet<>()).add(m.term());
    }
    bootstraps.takesPart(node.id(), node.participant.cluster());
  }

  /**
   * On connections that nothing breaks, what a leader sends a server is at most one and a half
   * times its log, and what may be under way.
   */
  void sends(SimulatedNode node, Envelope envelope) {
    long bytes = Connection.entryBytes(envelope);
    if (bytes == 0 || !world.calm || !world.scenario.hasConnections()) {
      return;
    }
    ServerId to = envelope.to();
    // A thread that died in the storm has its server restarted in the calm.
    int life = world.nodes[world.network.ordinal(to.node())].life();
    String lead = envelope.message().term() + "@" + node.cluster() + ">" + to + "." + life;
    long sent = sentInTheCalm.merge(lead, bytes, Long::sum);
    long underWay = 2L * world.options.maxInflightBytes();
    if (sent <= underWay) {
      return;
    }
    DiskLog written = node.disk.written;
    long log = ledgerOf(node).bytesUpTo(written.base().index()) + bytes(written.entries());
    require(
        sent <= log * 3 / 2 + underWay,
        "a catch-up sends at most one and a half times the log",
        () -> node.name + " has sent " + name(to) + " " + sent + " bytes of " + log);
  }

  private static long bytes(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    return bytes;
  }

  private static void synced(boolean holds, SimulatedNode node, Message message) {
    if (!holds) {
      throw new Violation(
          "nothing is said before it is synced",
          node.name
              + " sends "
              + message
              + " with "
              + node.disk.hardState
              + " and "
              + node.disk.log.lastIndex()
              + " entries on its disk");
    }
  }

  private void vote(SimulatedNode node, long term, ServerId candidate) {
    ServerId before =
        votes.computeIfAbsent(node.id(), v -> new HashMap<>()).putIfAbsent(term, candidate);
    require(
        before == null || before.equals(candidate),
        "no vote twice",
        () -> node.name + " votes for " + candidate + " after " + before + " in term " + term);
  }

  void bootstrapFrame(SimulatedNode node, BootstrapEnvelope envelope) {
    bootstraps.frame(node, envelope);
  }

  // ---- state -----------------------------------------------------------------------------------

  /** After everything that a node does. */
  void after(SimulatedNode node) {
    if (node.leftAt >= 0
        && node.core.configurationIndex() > node.leftAt
        && node.core.configuration().contains(node.id())) {
      node.leftAt = -1; // a leader has added it again
    }
    if (node.waiting() > MAX_WAITING || node.state.backlogBytes() > MAX_BACKLOG_BYTES) {
      throw new Violation(
          "what waits has a bound",
          node.name + " has " + node.waiting() + " and " + node.state.backlogBytes() + " bytes");
    }
    long term = node.core.term();
    long commit = node.core.commitIndex();
    boolean grown = commit > node.seenCommit;
    if (term < node.seenTerm || commit < node.seenCommit) {
      throw new Violation(
          "term and commit index only grow",
          node.name
              + " was at term "
              + node.seenTerm
              + " commit "
              + node.seenCommit
              + ", is at term "
              + term
              + " commit "
              + commit);
    }
    node.seenTerm = term;
    node.seenCommit = commit;
    boolean led = node.seenRole == Role.LEADER;
    boolean leads = node.core.role() == Role.LEADER && !node.storeFailed;
    if (led && grown && !(leads && node.seenRoleTerm == term)) {
      // It committed and was deposed in one batch, or what it committed was its own removal.
      committedLast(node, commit);
    }
    if (leads) {
      Ledger ledger = ledgerOf(node);
      if (!led || node.seenRoleTerm != term) {
        ledger.leads(node, term);
        world.trace(node.name, "leads term " + term);
        world.operator.leads(node);
      }
      if (grown) {
        committed(node, ledger, term, commit);
      }
      node.seenRoleTerm = term;
      node.seenConfiguration = node.core.configuration();
    }
    node.seenRole = leads ? Role.LEADER : Role.FOLLOWER;
  }

  private void committedLast(SimulatedNode node, long commit) {
    Ledger ledger = ledgerOf(node);
    if (commit > ledger.committed()) {
      committed(node, ledger, node.seenRoleTerm, commit);
    }
  }

  private void committed(SimulatedNode node, Ledger ledger, long term, long commit) {
    DiskLog log = node.disk.written;
    require(
        commit <= log.lastIndex(),
        "only what is in the log is committed",
        () -> node.name + " commits " + commit + " of " + log.lastIndex());
    for (long i = ledger.committed() + 1; i <= commit; i++) {
      Command command = ledger.commit(log.get(i), term);
      once(command, node.participant.cluster());
      if (command instanceof Command.RestoreCommit restored && ledger.lastIsDone()) {
        world.restorer.committed(restored.id(), node.participant.cluster());
      }
    }
    world.lockers.committed(node.participant.cluster());
    Entry newest = log.get(commit);
    ledger.same(newest, node.name);
    // In one batch of inputs the commit may have come before a change of the configuration.
    require(
        isOnMajority(ledger.holders(newest), node.core.configuration())
            || isOnMajority(ledger.holders(newest), node.seenConfiguration),
        "committed is on the disks of a majority",
        () -> node.name + " commits " + newest + " with " + node.core.configuration());
    for (SimulatedNode other : world.nodes) {
      if (other != node
          && other.leads()
          && other.core.term() > term
          && node.participant.cluster().equals(other.participant.cluster())
          && !other.storeFailed) {
        ledger.complete(other, other.core.term());
      }
    }
  }

  // ---- writes ----------------------------------------------------------------------------------

  /** Exactly once, however often it was forwarded. */
  private void once(Command command, UUID cluster) {
    String write = command == null ? null : SimulatedWrites.name(command);
    if (write != null) {
      UUID before = writes.put(write, cluster);
      require(before == null, "a write is applied once", () -> write + " again");
      require(
          !notApplied.contains(write), "what was not applied never is", () -> write + " after all");
    }
  }

  /**
   * A client hears what became of its write.
   *
   * @param outcome null when it was not even sent
   */
  void heard(Command command, WriteOutcome outcome) {
    String write = SimulatedWrites.name(command);
    if (write == null) {
      return;
    }
    if (outcome instanceof WriteOutcome.Applied) {
      require(writes.containsKey(write), "what was answered as applied is", () -> write);
    } else if (!(outcome instanceof WriteOutcome.Unknown)) {
      notApplied.add(write);
      require(
          !writes.containsKey(write),
          "what was not applied never is",
          () -> write + ": " + outcome);
    }
  }

  /** This value was written in this cluster by an archive that was restored. */
  void restored(long value, UUID cluster) {
    writes.put(SimulatedWrites.name(value), cluster);
  }

  /** The cluster in which this write was committed; null when it was not. */
  UUID clusterOf(String write) {
    return writes.get(write);
  }

  private boolean isOnMajority(long holders, Configuration configuration) {
    int count = 0;
    for (Server server : configuration.voters()) {
      count += (holders >>> number(server.id())) & 1;
    }
    return !configuration.isEmpty() && count >= configuration.quorum();
  }

  void applied(SimulatedNode node, Entry entry) {
    Ledger ledger = ledgerOf(node);
    require(
        entry.index() <= ledger.committed(),
        "only what a leader has committed is applied",
        () -> node.name + " applies " + entry + ", committed is " + ledger.committed());
    ledger.same(entry, node.name);
  }

  /** Entries were applied. The whole state is compared now and then: that costs a walk over it. */
  void stepped(SimulatedNode node) {
    int level = node.state.version().level();
    require(
        level <= node.level,
        "nobody applies a feature level that it does not know",
        () -> node.name + " is at level " + level + ", it knows " + node.level);
    require(
        level >= node.seenLevel,
        "the feature level never goes back",
        () -> node.name + " was at level " + node.seenLevel + ", is at " + level);
    node.seenLevel = level;
    long index = node.state.appliedIndex();
    if (index - node.comparedIndex >= COMPARE_EVERY) {
      node.comparedIndex = index;
      ledgerOf(node).digest(node.state.version(), node.name);
    }
  }

  void history(List<Operation> operations) {
    for (Operation operation : operations) {
      if (operation.write) {
        operation.cluster = clusterOf(SimulatedWrites.name(operation.value));
      }
    }
    Registers.check(operations);
  }
}
