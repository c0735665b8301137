package org.comitia.raft.participant;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogBase;
import org.comitia.raft.Message;
import org.comitia.raft.Outbound;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.Ready;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StateMark;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapReady;
import org.comitia.raft.bootstrap.Candidate;

/**
 * One server of a cluster, or one that waits to become that: the Raft core, the bootstrap protocol,
 * whether it has left, and where the others are. A deterministic state machine without clock,
 * thread or I/O.
 *
 * <p>One thread at a time. Inputs carry the driver's monotonic time in nanoseconds; after each
 * batch of inputs the driver calls {@link #take} and carries out what it says, in this order:
 * write, send, apply. {@link IllegalStateException} from any method means a broken invariant: stop
 * this server and keep its data.
 */
public final class Participant {
  /** The store's record of the bootstrap protocol: promise, renounced sets, cluster. */
  public static final String BOOTSTRAP_RECORD = "bootstrap";

  /** The store's record of having left. */
  public static final String LEFT_RECORD = "left";

  /** The store's record of recoveries from a lost quorum. */
  public static final String RECOVERED_RECORD = "recovered";

  /** The store's record of a state that differs from the cluster's. */
  public static final String DIVERGED_RECORD = "diverged";

  /** The store's record of a state that was found to be the cluster's. */
  public static final String CONFIRMED_RECORD = "confirmed";

  private static final long SECOND = 1_000_000_000L;

  /** A failed store is reopened after this long, then after ever longer, this at most. */
  private static final long REOPEN_MIN = SECOND;

  private static final long REOPEN_MAX = 30 * SECOND;

  /** How long a server that must not lead any more tries to hand leadership over. */
  private static final long RESIGN_LIMIT = 2 * SECOND;

  private static final long NEVER = Long.MAX_VALUE;

  /** A set of records under way to the disk: the bootstrap's own number, and the newest "left". */
  private record Unsynced(long sequence, long bootstrap, long left) {}

  private final ServerId self;
  private final RaftCore core;
  private final Bootstrap bootstrap;
  private final List<Recovered> recoveries;
  private final Confirmation confirmation;
  private Confirmation confirmedLast;

  private final Map<ServerId, String> seenAddresses = new HashMap<>();

  /** Those of {@link #seenAddresses} that membership hears. */
  private final Map<ServerId, String> heardAddresses = new HashMap<>();

  private final Map<ServerId, String> addresses = new HashMap<>();

  // Records: what is due, and what is written but not known to be synced.
  private Map<String, byte[]> recordsDue = new HashMap<>();
  private long bootstrapDue;
  private long recordSequence;
  private final ArrayDeque<Unsynced> unsynced = new ArrayDeque<>();

  private boolean left;
  private long removedAt;
  private long leftChanges;
  private long leftChangesSynced;

  private String unfit = "";
  private long resignUntil;
  private boolean divergedChanged;

  private boolean storeFailed;
  private long reopenAt = NEVER;
  private long reopenPause = REOPEN_MIN;

  private Configuration configuration;
  private FormerServers former;

  private List<Letter<BootstrapEnvelope>> bootstrapLetters = new ArrayList<>();
  private Configuration attempt;
  private boolean founded;
  private long foreignFrames;

  /**
   * A server as it starts.
   *
   * @param self who it is and its flags; its cluster is not looked at
   * @param records the store's records
   * @param core made of the same store's log
   * @param random for the bootstrap's ids and pauses
   * @throws IllegalArgumentException when a record cannot be read
   */
  public Participant(
      Candidate self,
      Map<String, byte[]> records,
      RaftCore core,
      RandomGenerator random,
      long now) {
    this(self, records, core, random, now, 0);
  }

  /**
   * The same.
   *
   * @param beforeFounding see {@link Bootstrap}; nanoseconds
   */
  public Participant(
      Candidate self,
      Map<String, byte[]> records,
      RaftCore core,
      RandomGenerator random,
      long now,
      long beforeFounding) {
    this.self = self.server().id();
    this.core = Objects.requireNonNull(core, "core");
    this.bootstrap =
        new Bootstrap(self, records.get(BOOTSTRAP_RECORD), random, now, beforeFounding);
    this.recoveries = Recovered.decode(records.get(RECOVERED_RECORD));
    byte[] hasLeft = records.get(LEFT_RECORD);
    this.left = hasLeft != null;
    this.removedAt = hasLeft == null ? 0 : LeftRecord.removedAt(hasLeft);
    this.confirmation = Confirmation.decode(records.get(CONFIRMED_RECORD));
    byte[] diverged = records.get(DIVERGED_RECORD);
    if (diverged != null) {
      core.diverged(DivergedRecord.index(diverged));
    }
    this.configuration = core.configuration();
    this.former = FormerServers.of(core.configurations());
    refreshAddresses();
  }

  // ---- inputs ----------------------------------------------------------------------------------

  /** Time has passed. To be called every 10 to 20 ms, after the inbox was drained. */
  public void tick(long now) {
    if (bootstrap.cluster() == null) {
      bootstrap.tick(now);
    }
    boolean leads = core.role() == Role.LEADER;
    if (leads && !isFit()) {
      core.transferLeadership(null, now);
      if (now - resignUntil >= 0) {
        core.stepDown(unfit.isEmpty() ? "the own state differs from the cluster's" : unfit, now);
      }
    }
    if (leads || mayCampaign()) {
      core.tick(now);
    }
  }

  /** A server that only listens has no use for the time: its election timer must not run out. */
  private boolean mayCampaign() {
    return !left && isFit();
  }

  private boolean isFit() {
    return unfit.isEmpty() && core.divergedAt() == 0;
  }

  /** A Raft frame arrived; whatever is not for this server, or of another cluster, is dropped. */
  public void receive(Envelope envelope, long now) {
    if (!envelope.to().equals(self)) {
      foreignFrames++;
      return;
    }
    if (bootstrap.cluster() == null) {
      if (envelope.message() instanceof Message.AppendRequest) {
        bootstrap.adopt(envelope.cluster()); // only who is in a leader's configuration gets these
      } else {
        bootstrap.addressedBy(envelope.cluster());
      }
      takeBootstrap(now); // whoever starts has its first entry before it takes the frame
    }
    if (!envelope.cluster().equals(bootstrap.cluster())) {
      foreignFrames++;
      return;
    }
    if (envelope.message() instanceof Message.TimeoutNow && !mayCampaign()) {
      return;
    }
    core.receive(envelope.from(), envelope.message(), now);
    if (left && envelope.message() instanceof Message.AppendRequest) {
      returnWhenListed();
    }
  }

  /** A bootstrap frame arrived. */
  public void receive(BootstrapEnvelope envelope, long now) {
    if (envelope.to().equals(self)) {
      bootstrap.receive(envelope, now);
    } else {
      foreignFrames++;
    }
  }

  /** Membership changed: all servers that it knows, this one may be among them. */
  public void members(List<Sighting> servers, long now) {
    seenAddresses.clear();
    heardAddresses.clear();
    Map<ServerId, String> standing = new HashMap<>();
    List<Candidate> alive = new ArrayList<>();
    for (Sighting server : servers) {
      seenAddresses.put(server.id(), server.address());
      if (!server.standstill().isEmpty()) {
        standing.put(server.id(), server.standstill());
      }
      if (server.alive()) {
        heardAddresses.put(server.id(), server.address());
        alive.add(server.candidate());
      }
    }
    bootstrap.members(alive, now);
    core.standStill(standing);
    former = former.seen(servers);
    refreshAddresses();
  }

  /** A hint that the connection to this address broke. */
  public void broken(String address, long now) {
    if (!mayCampaign()) {
      return;
    }
    addresses.forEach(
        (peer, at) -> {
          if (at.equals(address)) {
            core.peerBroken(peer, now);
          }
        });
  }

  /** See {@link RaftCore#propose}. */
  public Proposal propose(List<byte[]> commands, long now) {
    return isFit() ? core.propose(commands, now) : new Proposal.NotLeader(core.leader());
  }

  /** See {@link RaftCore#readIndex}. */
  public void readIndex(long requestId, long now) {
    core.readIndex(requestId, now);
  }

  /** The write with this sequence, and all before it, are on the disk. */
  public void synced(long sequence, long now) {
    core.synced(sequence, now);
  }

  /** The records with this sequence, and all before it, are on the disk. */
  public void recordSynced(long sequence, long now) {
    while (!unsynced.isEmpty() && unsynced.peekFirst().sequence() <= sequence) {
      Unsynced done = unsynced.pollFirst();
      leftChangesSynced = Math.max(leftChangesSynced, done.left());
      if (done.bootstrap() > 0) {
        bootstrap.synced(done.bootstrap(), now);
      }
    }
  }

  /** See {@link RaftCore#logRead}. */
  public void logRead(long fromIndex, List<Entry> entries, long now) {
    core.logRead(fromIndex, entries, now);
  }

  /** The driver has applied all entries up to here. */
  public void applied(long index) {
    core.applied(index);
  }

  /**
   * Why a snapshot of this point must not be installed: nobody may be believed who answers at the
   * leader's address.
   *
   * @param confirmedAt see {@link RaftCore#objection}
   * @return in words; empty when it may be
   */
  public String objection(UUID cluster, LogBase point, long confirmedAt) {
    if (!point.configuration().servers().stream().anyMatch(Server::voter)) {
      return "its configuration has no voter";
    }
    return cluster.equals(bootstrap.cluster())
        ? core.objection(point, confirmedAt)
        : "it is of another cluster, " + cluster;
  }

  /** See {@link RaftCore#installed}. */
  public void installed(LogBase base, long now) {
    boolean diverged = core.divergedAt() > 0;
    core.installed(base, now);
    if (diverged) {
      divergedDue();
    }
  }

  /** See {@link RaftCore#marked}. */
  public void marked(StateMark mark) {
    core.marked(mark);
  }

  /**
   * The state was found to be another one than the cluster's ({@link RaftCore#diverged}). It hands
   * leadership over, if it has it, or steps down; a restart remembers it.
   */
  public void diverged(long index, long now) {
    resignUntil = now + RESIGN_LIMIT;
    core.diverged(index);
    divergedDue();
  }

  /** What is known of the state's being the cluster's; a restart finds it, unless it comes soon. */
  public void confirmed(Confirmation known) {
    confirmedLast = known;
    recordsDue.put(CONFIRMED_RECORD, known.encode());
  }

  private void divergedDue() {
    divergedChanged = true;
    long index = core.divergedAt();
    recordsDue.put(DIVERGED_RECORD, index > 0 ? DivergedRecord.encode(index) : new byte[0]);
  }

  /** See {@link RaftCore#cut}. */
  public void cut(long upTo, long now) {
    core.cut(upTo, now);
  }

  /**
   * A write or sync failed. What is written from now on is dropped by the driver until the store is
   * reopened, which {@link Work#reopen} asks for.
   */
  public void storeFailed(long now) {
    if (!storeFailed) {
      storeFailed = true;
      reopenPause = REOPEN_MIN;
      reopenAt = now + reopenPause;
    }
    unsynced.clear();
    core.storeFailed(now);
  }

  /** The store could not be reopened now, for a cause that may pass: it is tried again later. */
  public void storeNotReopened(long now) {
    if (storeFailed) {
      reopenPause = Math.min(2 * reopenPause, REOPEN_MAX);
      reopenAt = now + reopenPause;
    }
  }

  /** The store was opened anew and verified. Records that it may have lost are written again. */
  public void storeReopened(StoredLog stored, long now) {
    storeFailed = false;
    reopenAt = NEVER;
    core.storeReopened(stored, now);
    bootstrap.storeReopened();
    recordsDue.remove(LEFT_RECORD);
    if (leftChanges > 0) {
      leftDue();
    }
    if (divergedChanged) {
      divergedDue();
    }
    if (confirmedLast != null) {
      confirmed(confirmedLast);
    }
  }

  /**
   * This server was removed from the configuration at its own wish: from now on it does not
   * campaign. Durable when {@link #leftIsSynced} says so.
   *
   * @param index of the entry that removed it
   */
  public void left(long index) {
    left = true;
    removedAt = Math.max(removedAt, index);
    leftDue();
  }

  /** This server is to be a member again: it may campaign once it is listed. */
  public void joined() {
    if (left) {
      left = false;
      leftDue();
    }
  }

  /**
   * This server can serve no more, e.g. because it applies nothing: it hands leadership over, or
   * steps down, takes no proposals and does not campaign. It still votes and keeps the log.
   *
   * @param why in words, not empty
   */
  public void resign(String why, long now) {
    unfit = why;
    resignUntil = now + RESIGN_LIMIT;
  }

  /**
   * A leader has listed this server again, behind its removal. A frame that was sent before the
   * removal and arrives after it brings no such configuration.
   */
  private void returnWhenListed() {
    if (core.configurationIndex() > removedAt && core.configuration().contains(self)) {
      joined();
    }
  }

  private void leftDue() {
    leftChanges++;
    recordsDue.put(LEFT_RECORD, left ? LeftRecord.encode(removedAt) : new byte[0]);
  }

  // ---- outputs ---------------------------------------------------------------------------------

  /** Takes what is to be done; call after each batch of inputs. */
  public Work take(long now) {
    takeBootstrap(now);
    Ready ready = core.ready();
    // One by one: whoever was added and taken out in one batch is a former server too.
    for (RaftEvent event : ready.events()) {
      if (event instanceof RaftEvent.ConfigurationChanged changed) {
        former = former.changed(configuration, changed.configuration(), now);
        configuration = changed.configuration();
        refreshAddresses();
      }
    }
    boolean reopen = storeFailed && now - reopenAt >= 0;
    if (reopen) {
      reopenAt = NEVER;
    }
    Map<String, byte[]> records = takeRecords();
    Work work =
        new Work(
            ready.persists(),
            records,
            records.isEmpty() ? 0 : recordSequence,
            addressed(ready.messages()),
            bootstrapLetters,
            ready.committed(),
            ready.reads(),
            ready.logReads(),
            ready.events(),
            attempt,
            founded,
            reopen);
    bootstrapLetters = new ArrayList<>();
    attempt = null;
    founded = false;
    return work;
  }

  private Map<String, byte[]> takeRecords() {
    if (recordsDue.isEmpty() || storeFailed) {
      return Map.of();
    }
    Map<String, byte[]> records = recordsDue;
    recordsDue = new HashMap<>();
    unsynced.add(new Unsynced(++recordSequence, bootstrapDue, leftChanges));
    bootstrapDue = 0;
    return records;
  }

  /** What the bootstrap wants; its record goes out with the core's next write. */
  private void takeBootstrap(long now) {
    BootstrapReady ready = bootstrap.ready();
    if (ready.isEmpty()) {
      return;
    }
    founded = true;
    if (ready.record() != null) {
      recordsDue.put(BOOTSTRAP_RECORD, ready.record().bytes());
      bootstrapDue = ready.record().sequence();
    }
    if (ready.attempt() != null) {
      attempt = ready.attempt();
    }
    if (ready.start() != null) {
      core.bootstrap(ready.start().configuration(), now);
    }
    for (BootstrapEnvelope envelope : ready.envelopes()) {
      String address = seenAddresses.get(envelope.to());
      if (address != null) {
        bootstrapLetters.add(new Letter<>(address, envelope));
      }
    }
  }

  private List<Letter<Envelope>> addressed(List<Outbound> messages) {
    UUID cluster = bootstrap.cluster();
    if (messages.isEmpty() || cluster == null) {
      return List.of();
    }
    List<Letter<Envelope>> letters = new ArrayList<>(messages.size());
    for (Outbound outbound : messages) {
      String address = addresses.get(outbound.to());
      if (address != null) {
        letters.add(
            new Letter<>(address, new Envelope(cluster, self, outbound.to(), outbound.message())));
      }
    }
    return letters;
  }

  /**
   * Membership's address of whom it hears, which is newer than the configuration's. What it
   * remembers of others is older: the configuration's comes from a leader that has heard them.
   */
  private void refreshAddresses() {
    addresses.clear();
    addresses.putAll(seenAddresses);
    for (Server server : core.configuration().servers()) {
      addresses.put(server.id(), server.address());
    }
    addresses.putAll(heardAddresses);
  }

  // ---- what others may know --------------------------------------------------------------------

  /** The core, to be asked; changes go through it too ({@link MembershipDuty.Change}). */
  public RaftCore core() {
    return core;
  }

  public ServerId id() {
    return self;
  }

  /** The cluster that this server is in; null before bootstrap or join. Never changes again. */
  public UUID cluster() {
    return bootstrap.cluster();
  }

  /** What was known of the state's being the cluster's when this server was started. */
  public Confirmation confirmation() {
    return confirmation;
  }

  /** The recoveries from a lost quorum that this server's store went through, the newest first. */
  public List<Recovered> recoveries() {
    return recoveries;
  }

  /** Why there is no cluster yet, for people; empty when there is one. */
  public String waitingFor() {
    return bootstrap.waitingFor();
  }

  /** Whether only a person can end the wait for a cluster ({@link Bootstrap#contradicted}). */
  public boolean contradicted() {
    return bootstrap.contradicted();
  }

  /** Whether this server has left and waits to be joined. */
  public boolean hasLeft() {
    return left;
  }

  /** Whether the newest change of {@link #hasLeft} is on the disk. */
  public boolean leftIsSynced() {
    return leftChangesSynced == leftChanges;
  }

  /** Whom the log has taken out of the configuration, as of the last {@link #take}. */
  public FormerServers formerServers() {
    return former;
  }

  /** Where this server is reached; null when unknown. */
  public String address(ServerId server) {
    return addresses.get(server);
  }

  /** Frames of other clusters or for other servers, dropped. */
  public long foreignFrames() {
    return foreignFrames;
  }
}
