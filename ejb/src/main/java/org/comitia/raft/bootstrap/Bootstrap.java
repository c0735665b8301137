package org.comitia.raft.bootstrap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * How empty servers become one cluster, and which cluster a server belongs to (design §5,
 * docs/design/protocol.md): a pure state machine beside the core. One thread; nothing blocks; times
 * are monotonic nanoseconds.
 *
 * <p>Promise: no server takes part in two clusters, and no two sets that can elect a leader share a
 * server, whatever is lost, delayed or restarted. It rests on three things: a server has at most
 * one promise and keeps it over restarts; whoever starts has seen the promise of every member or is
 * addressed by somebody who has; a promise is given up only when so many members have durably
 * renounced the set that the rest is no majority of it.
 */
public final class Bootstrap {
  private static final long MILLI = 1_000_000L;
  private static final long RESEND_MIN = 250 * MILLI;
  private static final long RESEND_MAX = 2_000 * MILLI;

  /** How long a set that cannot be complete is looked at before its promise is renounced. */
  private static final long PATIENCE = 3_000 * MILLI;

  /** So many sets are remembered that could not be promised. */
  private static final int MAX_LACKING = 1024;

  private final Candidate self;
  private final RandomGenerator random;
  private final Set<UUID> renounced = new LinkedHashSet<>();

  /** Live servers, this one not among them, ordered by id. */
  private List<Candidate> live = List.of();

  private UUID cluster;
  private FoundingSet founders;
  private FoundingSet promise;

  /** Set when {@link #promise} is renounced: bound by it, but never starting it. */
  private boolean withdrawn;

  private final Set<ServerId> promises = new HashSet<>();
  private final Set<ServerId> renouncers = new HashSet<>();
  private final Map<ServerId, String> refusals = new HashMap<>();

  /** The newest change of the promise. */
  private long promiseSequence;

  private boolean startDue;
  private Configuration attemptDue;
  private final SyncedOutbox out;

  private long resendAt;
  private long resendInterval = RESEND_MIN;
  private long proposeAt;
  private int givenUp;
  private long hopelessSince = -1;

  /** Whether this server makes a cluster of its own, at {@link #aloneAt} or before. */
  private boolean foundsAlone;

  private long aloneAt;

  /** Sets that this server was asked for and could not promise though all agreed; since when. */
  private final Map<UUID, Long> lacking = new HashMap<>();

  /** The set that was started though this server had renounced it. */
  private UUID missed;

  /**
   * @param self this server; its cluster is not looked at
   * @param stored the bytes of the last synced {@link BootstrapReady.Persist}, null for none
   * @throws IllegalArgumentException when {@code stored} cannot be read
   */
  public Bootstrap(Candidate self, byte[] stored, RandomGenerator random, long now) {
    this(self, stored, random, now, 0);
  }

  /**
   * The same.
   *
   * @param beforeFounding nanoseconds that a server which makes a cluster of its own waits for
   *     others to show that there is one: its data directory may have been emptied. When one of
   *     them shows it, it never does
   */
  public Bootstrap(
      Candidate self, byte[] stored, RandomGenerator random, long now, long beforeFounding) {
    this.self = Objects.requireNonNull(self, "self");
    this.out = new SyncedOutbox(self.id());
    this.random = random;
    this.proposeAt = now;
    this.resendAt = now;
    if (stored != null) {
      restore(BootstrapRecord.decode(stored));
    }
    if (cluster == null && promise == null && (self.bootstrap() || self.expect() == 1)) {
      foundsAlone = true;
      aloneAt = now + beforeFounding;
      if (beforeFounding == 0) {
        foundAlone();
      }
    }
  }

  /**
   * The cluster that a stored record names; null for none.
   *
   * @param stored see the constructor
   */
  public static UUID clusterOf(byte[] stored) {
    return stored == null ? null : BootstrapRecord.decode(stored).cluster();
  }

  /**
   * The record of a server that belongs to this cluster from now on, as one that was added to it.
   * What it has renounced stays so.
   *
   * @param stored see the constructor
   */
  public static byte[] recordIn(UUID cluster, byte[] stored) {
    Set<UUID> kept = stored == null ? Set.of() : BootstrapRecord.decode(stored).renounced();
    return new BootstrapRecord(Objects.requireNonNull(cluster, "cluster"), null, kept).encode();
  }

  private void restore(BootstrapRecord record) {
    renounced.addAll(record.renounced());
    cluster = record.cluster();
    if (cluster == null) {
      promise = record.set();
      withdrawn = promise != null && renounced.contains(promise.cluster());
    } else {
      founders = record.set();
      startDue = founders != null;
    }
  }

  private void foundAlone() {
    promise = FoundingSet.of(random.nextLong(), 1, List.of(self.server()));
    attemptDue = promise.configuration();
    start();
  }

  // ---- inputs ----------------------------------------------------------------------------------

  /**
   * The live servers changed, or their tags did.
   *
   * @param liveServers alive members that are servers; this one may be among them
   */
  public void members(List<Candidate> liveServers, long now) {
    live =
        liveServers.stream()
            .filter(c -> !c.id().equals(self.id()))
            .sorted(Comparator.comparing(Candidate::id))
            .toList();
    resendInterval = RESEND_MIN;
    resendAt = Math.min(resendAt, now + RESEND_MIN);
    consider(now);
  }

  /** Call every 10 to 100 ms while {@link #cluster()} is null; needless afterwards. */
  public void tick(long now) {
    consider(now);
  }

  /** A frame arrived. Frames to another addressee are dropped. */
  public void receive(BootstrapEnvelope envelope, long now) {
    ServerId from = envelope.from();
    if (!envelope.to().equals(self.id()) || from.equals(self.id())) {
      return;
    }
    BootstrapMessage message = envelope.message();
    if (message instanceof BootstrapMessage.Propose propose) {
      onPropose(from, propose, now);
    } else if (message instanceof BootstrapMessage.Promised promised) {
      onPromised(from, promised.cluster());
    } else if (message instanceof BootstrapMessage.Refused refused) {
      if (isPromised(refused.cluster()) && promise.contains(from)) {
        refusals.put(from, refused.reason());
      }
    } else if (message instanceof BootstrapMessage.Renounced r) {
      onRenounced(from, r, now);
    }
  }

  /**
   * A Raft frame of this cluster, addressed to this server, arrived while it has no cluster. One
   * that has promised this set starts: its members have all promised, or nobody could speak for it.
   */
  public void addressedBy(UUID id) {
    if (cluster != null || !isPromised(id)) {
      return;
    }
    if (withdrawn) {
      missed = id;
    } else {
      start();
    }
  }

  /**
   * A leader, whose configuration names this server's incarnation, wants it in an existing cluster.
   * The record of the next Ready goes into the same transaction as the first append.
   *
   * @return whether this server is in that cluster from now on; false when it is in another one,
   *     has renounced that one, or is bound by a promise ({@link #waitingFor} says by which)
   */
  public boolean adopt(UUID id) {
    addressedBy(id);
    if (cluster == null && promise == null && !renounced.contains(id)) {
      cluster = Objects.requireNonNull(id, "id");
      out.changed();
    }
    return id.equals(cluster);
  }

  /** The record with this sequence, and all before, are on the disk. */
  public void synced(long sequence, long now) {
    out.synced(sequence);
    startWhenUnanimous();
    giveUpWhenDead(now);
  }

  /**
   * After a failed write the store was reopened and verified: nobody knows which of the last
   * records it holds, so the newest is written again before anything that it backs is said. To be
   * called after the core was told; an empty one starts again.
   */
  public void storeReopened() {
    out.writeAgain();
    startDue = founders != null;
  }

  // ---- outputs ---------------------------------------------------------------------------------

  /** Takes what is to be done; call after each batch of inputs. */
  public BootstrapReady ready() {
    BootstrapReady.Persist record = null;
    if (out.takeRecordDue()) {
      FoundingSet set = cluster == null ? promise : founders;
      BootstrapRecord state = new BootstrapRecord(cluster, set, renounced);
      record = new BootstrapReady.Persist(out.sequence(), state.encode());
    }
    BootstrapReady.Start start =
        startDue ? new BootstrapReady.Start(founders.configuration(), cluster) : null;
    BootstrapReady ready = new BootstrapReady(record, out.take(), start, attemptDue);
    startDue = false;
    attemptDue = null;
    return ready;
  }

  /** The cluster that this server is in; null before bootstrap or join. Never changes again. */
  public UUID cluster() {
    return cluster;
  }

  /** The set that binds this server before it has a cluster; empty when none. */
  public Configuration promised() {
    return promise == null ? Configuration.EMPTY : promise.configuration();
  }

  /**
   * Why there is no cluster yet, in one line for people: who is waited for, or who disagrees and
   * how. Empty when this server is in a cluster.
   */
  public String waitingFor() {
    return new WaitingText(
            self, live, promise, withdrawn, foundsAlone, renounced.size(), promises, refusals)
        .text(cluster, missed);
  }

  /**
   * Whether live servers contradict this one about the cluster to be founded: nothing goes on until
   * a person corrects one of them. {@link #waitingFor} names it.
   */
  public boolean contradicted() {
    return cluster == null
        && promise == null
        && live.stream().noneMatch(other -> other.cluster() != null)
        && Disagreement.among(self, live) != null;
  }

  // ---- proposing and promising -----------------------------------------------------------------

  private void consider(long now) {
    if (cluster != null) {
      return;
    }
    if (promise == null) {
      if (foundsAlone) {
        if (now - aloneAt >= 0 && Disagreement.among(self, live) == null) {
          foundAlone();
        }
      } else if (now >= proposeAt && mayPropose()) {
        List<Server> servers = new ArrayList<>();
        servers.add(self.server());
        live.forEach(c -> servers.add(c.server()));
        promise(FoundingSet.of(random.nextLong(), self.expect(), servers));
      }
    } else {
      renounceWhenHopeless(now);
      resend(now);
    }
  }

  /** The lowest id among the live, empty servers that were given a value. */
  private boolean mayPropose() {
    int known = live.size() + 1;
    return self.expect() > 1
        && known >= self.expect()
        && known <= FoundingSet.MAX_SERVERS
        && renounced.size() < BootstrapRecord.MAX_RENOUNCED
        && Disagreement.among(self, live) == null
        && live.stream().filter(c -> c.expect() > 0).allMatch(c -> self.id().compareTo(c.id()) < 0);
  }

  private void promise(FoundingSet set) {
    promise = set;
    withdrawn = false;
    promises.clear();
    renouncers.clear();
    refusals.clear();
    hopelessSince = -1;
    resendInterval = RESEND_MIN;
    attemptDue = set.configuration();
    out.changed();
    promiseSequence = out.sequence();
    for (Server other : set.others(self.id())) {
      out.hold(other.id(), set.propose());
    }
  }

  private void onPropose(ServerId from, BootstrapMessage.Propose propose, long now) {
    FoundingSet set = FoundingSet.of(propose);
    if (set == null || !set.contains(self.id()) || !set.contains(from)) {
      return;
    }
    UUID id = set.cluster();
    if (cluster != null) {
      out.hold(
          from,
          cluster.equals(id)
              ? new BootstrapMessage.Promised(id)
              : new BootstrapMessage.Renounced(id, false));
    } else if (renounced.contains(id)) {
      out.hold(from, new BootstrapMessage.Renounced(id, false));
    } else if (isPromised(id)) {
      out.hold(from, new BootstrapMessage.Promised(id));
      onPromised(from, id);
    } else if (promise != null) {
      renounceForeign(from, id, "is bound by an older promise, to " + WaitingText.names(promise));
    } else {
      answer(from, set, now);
    }
  }

  private void answer(ServerId from, FoundingSet set, long now) {
    String objection = Disagreement.among(self, live);
    String lack = Disagreement.lack(set, self, live);
    if (objection == null && lack == null) {
      promise(set);
      onPromised(from, set.cluster());
      return;
    }
    if (objection == null) {
      if (lacking.size() >= MAX_LACKING) {
        lacking.clear();
      }
      long since = lacking.computeIfAbsent(set.cluster(), c -> now);
      if (now - since >= PATIENCE) {
        lacking.remove(set.cluster());
        renounceForeign(from, set.cluster(), lack);
        return;
      }
    }
    String reason = objection == null ? lack : objection;
    out.send(from, new BootstrapMessage.Refused(set.cluster(), self.name() + ": " + reason));
  }

  /**
   * Promises are heard from members only, and from a proposer that cannot speak without its own.
   */
  private void onPromised(ServerId from, UUID id) {
    if (cluster == null && isPromised(id) && promise.contains(from)) {
      promises.add(from);
      refusals.remove(from);
      startWhenUnanimous();
    }
  }

  private void startWhenUnanimous() {
    if (cluster != null || promise == null || withdrawn || !out.isSynced(promiseSequence)) {
      return;
    }
    if (promise.others(self.id()).stream().allMatch(s -> promises.contains(s.id()))) {
      start();
    }
  }

  private void start() {
    cluster = promise.cluster();
    founders = promise;
    promise = null;
    startDue = true;
    out.changed();
    for (Server other : founders.others(self.id())) {
      out.hold(other.id(), new BootstrapMessage.Promised(cluster));
    }
  }

  // ---- renouncing and giving up ----------------------------------------------------------------

  /** Of a set that this server has not promised: from now on it never will. */
  private void renounceForeign(ServerId asker, UUID id, String reason) {
    if (renounced.contains(id)) {
      out.hold(asker, new BootstrapMessage.Renounced(id, false));
    } else if (renounced.size() >= BootstrapRecord.MAX_RENOUNCED) {
      out.send(asker, new BootstrapMessage.Refused(id, self.name() + ": " + reason));
    } else {
      renounced.add(id);
      out.changed();
      out.hold(asker, new BootstrapMessage.Renounced(id, false));
    }
  }

  private void onRenounced(ServerId from, BootstrapMessage.Renounced message, long now) {
    UUID id = message.cluster();
    if (cluster != null) {
      if (message.question()) {
        boolean here = cluster.equals(id);
        out.hold(
            from,
            here ? new BootstrapMessage.Promised(id) : new BootstrapMessage.Renounced(id, false));
      }
      return;
    }
    if (!isPromised(id)) {
      if (message.question()) {
        renounceForeign(from, id, "has renounced too many sets");
      }
      return;
    }
    if (!promise.contains(from)) {
      return;
    }
    renouncers.add(from);
    promises.remove(from);
    // Somebody has started it: then the rest must, as far as it can.
    if (!withdrawn && live.stream().noneMatch(c -> id.equals(c.cluster()))) {
      withdraw();
    } else if (message.question()) {
      out.hold(
          from,
          withdrawn
              ? new BootstrapMessage.Renounced(id, false)
              : new BootstrapMessage.Promised(id));
    }
    giveUpWhenDead(now);
  }

  /** Renounces the promise: bound by it still, but this server never starts it. */
  private void withdraw() {
    if (renounced.size() >= BootstrapRecord.MAX_RENOUNCED) {
      return;
    }
    withdrawn = true;
    renounced.add(promise.cluster());
    out.changed();
    promiseSequence = out.sequence();
    for (Server other : promise.others(self.id())) {
      out.hold(other.id(), new BootstrapMessage.Renounced(promise.cluster(), true));
    }
  }

  /**
   * A member came back with a new store, so its promise may never be heard again, and everybody
   * else is here and empty: asking to renounce is the only way on.
   */
  private void renounceWhenHopeless(long now) {
    if (withdrawn) {
      return;
    }
    boolean wiped = false;
    boolean allHereAndEmpty = true;
    for (Server other : promise.others(self.id())) {
      Candidate here = find(other.id());
      if (here != null) {
        allHereAndEmpty &= here.cluster() == null;
      } else if (live.stream().anyMatch(c -> c.id().node().equals(other.id().node()))) {
        wiped |= !promises.contains(other.id());
      } else {
        allHereAndEmpty = false;
      }
    }
    if (!wiped || !allHereAndEmpty) {
      hopelessSince = -1;
    } else if (hopelessSince < 0) {
      hopelessSince = now;
    } else if (now - hopelessSince >= PATIENCE) {
      withdraw();
    }
  }

  /** Design §5: only when the rest is no majority of the set. */
  private void giveUpWhenDead(long now) {
    if (cluster != null || promise == null || !withdrawn || !out.isSynced(promiseSequence)) {
      return;
    }
    int rest = promise.servers().size() - renouncers.size() - 1;
    if (rest >= promise.configuration().quorum()) {
      return;
    }
    promise = null;
    withdrawn = false;
    missed = null;
    out.changed();
    // Ever more rarely: what made the others renounce may take its time to go away.
    givenUp = Math.min(givenUp + 1, 5);
    proposeAt = now + (random.nextLong(RESEND_MIN, 4 * RESEND_MIN) << (givenUp - 1));
  }

  // ---- small parts -----------------------------------------------------------------------------

  /** Asks those whose answer is missing, ever more rarely. */
  private void resend(long now) {
    if (now < resendAt || promise == null || !out.isSynced(promiseSequence)) {
      return;
    }
    resendAt = now + resendInterval;
    resendInterval = Math.min(2 * resendInterval, RESEND_MAX);
    for (Server other : promise.others(self.id())) {
      if (withdrawn && !renouncers.contains(other.id())) {
        out.send(other.id(), new BootstrapMessage.Renounced(promise.cluster(), true));
      } else if (!withdrawn && !promises.contains(other.id())) {
        out.send(other.id(), promise.propose());
      }
    }
  }

  private Candidate find(ServerId id) {
    return live.stream().filter(c -> c.id().equals(id)).findFirst().orElse(null);
  }

  private boolean isPromised(UUID id) {
    return promise != null && promise.cluster().equals(id);
  }
}
