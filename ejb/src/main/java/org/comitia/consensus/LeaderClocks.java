package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import java.util.logging.Logger;
import org.comitia.access.AccessObject;
import org.comitia.cluster.WriteOutcome;
import org.comitia.config.GoDuration;
import org.comitia.state.Command;
import org.comitia.state.LockDelay;
import org.comitia.state.Restoring;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;

/**
 * What the leader ends when its time is over: sessions that nobody renews, lock-delays, tombstones,
 * expired tokens, restorations that stand still or take too long. The state has no clock; the
 * leader's monotonic one decides, and it never decides too early: under a new leader, or one that
 * was paused, every time begins anew. No thread and no timer a session: one round looks at what is
 * over, a bounded part of it. Safe for any thread.
 */
final class LeaderClocks {
  /** What it needs of the server that leads. */
  interface Leadership {
    /** The term in which this server leads, its own entry committed; -1 when it does not. */
    long term();

    StateVersion state();

    /** The wall clock, milliseconds since 1970: what tokens expire by. */
    long millis();

    /** How far the restoration is that is under way; null when none is. */
    Restoring.Progress restoring();

    /**
     * Asks a quorum whether this server still leads.
     *
     * @param then gets -1 when it does not; not called when this returns false
     */
    boolean confirm(LongConsumer then);

    /** Proposes here, never elsewhere. */
    CompletionStage<WriteOutcome> propose(Command command);
  }

  private static final Logger LOG = Logger.getLogger("consul");

  /** A session has this many times its TTL, as in Consul. */
  private static final int TTL_MULTIPLIER = 2;

  /** Rounds that are further apart mean that this process was paused. */
  private static final long PAUSE_NANOS = Duration.ofSeconds(2).toNanos();

  private static final int ENDS_A_ROUND = 512;
  private static final int TOKENS_A_ROUND = 64;
  private static final int DELAY_BYTES_A_ROUND = 256 * 1024;

  private final Leadership leadership;
  private final Tombstones tombstones = new Tombstones();
  private final ExpiredTokens tokens = new ExpiredTokens();
  private final RestorationClock restoration = new RestorationClock();
  private final Countdowns<Session> sessions =
      new Countdowns<>(Session::modifyIndex, LeaderClocks::lifeNanos); // restored: anew
  private final Countdowns<LockDelay> delays =
      new Countdowns<>(LockDelay::since, LockDelay::delayNanos);

  /** Sessions whose end is proposed, until the outcome is there. */
  private final Map<String, CompletableFuture<Void>> ending = new HashMap<>();

  /** Those of them whose outcome is unknown. */
  private final Set<String> undecided = new HashSet<>();

  private long term = -1;
  private long lastRound;
  private boolean asking;
  private List<String> confirmed = List.of();
  private boolean endingDelays;
  private boolean reaping;
  private int deletingTokens;
  private boolean givingUp;
  private String toldGivenUp = "";

  LeaderClocks(Leadership leadership) {
    this.leadership = leadership;
  }

  /** TTL as the session has it; one that cannot be read never ends. */
  private static long lifeNanos(Session session) {
    if (session.ttl().isEmpty()) {
      return 0;
    }
    try {
      return Math.multiplyExact(GoDuration.parse(session.ttl()).toNanos(), TTL_MULTIPLIER);
    } catch (IllegalArgumentException | ArithmeticException e) {
      return 0;
    }
  }

  /**
   * One round; to be called about ten times a second. Does not block.
   *
   * @param now the monotonic clock, nanoseconds
   */
  void round(long now) {
    List<Runnable> proposals = new ArrayList<>();
    synchronized (this) {
      long leading = leadership.term();
      settle(leading == term);
      if (leading != term || now - lastRound > PAUSE_NANOS) {
        restart(leading);
      }
      lastRound = now;
      if (leading < 0) {
        return;
      }
      StateVersion state = leadership.state();
      sessions.follow(state.sessions(), now);
      delays.follow(state.lockDelays(), now);
      endSessions(state, now, proposals);
      endDelays(now, proposals);
      reapTombstones(state, now, proposals);
      deleteTokens(state, now, proposals);
      giveUpRestoration(now, proposals);
    }
    proposals.forEach(Runnable::run);
    askAboutSessions(now);
  }

  private void restart(long leading) {
    term = leading;
    sessions.restart();
    delays.restart();
    tombstones.restart();
    tokens.restart();
    restoration.restart();
    confirmed = List.of();
  }

  // ---- sessions ----

  /**
   * A renewal of this session has arrived: it has all its time again, before anybody asks whether
   * this server leads, so that a renewal that waited in a queue goes before the session's end.
   *
   * @return false when the session's end is under way: see {@link #ended}
   */
  synchronized boolean renew(String id, long now) {
    if (ending.containsKey(id)) {
      return false;
    }
    Session session = leadership.state().sessions().get(id);
    if (session != null) {
      sessions.restart(id, session, now);
    }
    return true;
  }

  /** Completes when the end of this session, if one is under way, has its outcome. */
  synchronized CompletionStage<Void> ended(String id) {
    CompletableFuture<Void> end = ending.get(id);
    return end == null ? CompletableFuture.completedFuture(null) : end;
  }

  /**
   * First half of an end: a quorum must say that this server leads, after the time was over. The
   * second half comes a round later, so that renewals that came in meanwhile are heard.
   */
  private void askAboutSessions(long now) {
    List<String> over;
    long asked;
    synchronized (this) {
      if (asking || !confirmed.isEmpty() || term < 0) {
        return;
      }
      over = new ArrayList<>(sessions.over(now, ENDS_A_ROUND).keySet());
      over.removeAll(ending.keySet());
      if (over.isEmpty()) {
        return;
      }
      asking = true;
      asked = term;
    }
    if (!leadership.confirm(index -> answered(asked, index >= 0, over))) {
      answered(asked, false, over);
    }
  }

  private synchronized void answered(long asked, boolean leads, List<String> over) {
    asking = false;
    if (leads && asked == term) {
      confirmed = over;
    }
  }

  private void endSessions(StateVersion state, long now, List<Runnable> proposals) {
    for (String id : confirmed) {
      if (sessions.isOver(id, now) && state.sessions().containsKey(id)) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        ending.put(id, end);
        long proposed = term;
        proposals.add(
            () ->
                leadership
                    .propose(new Command.SessionDestroy(id))
                    .whenComplete((outcome, error) -> sessionEnded(id, end, outcome, proposed)));
        LOG.fine(() -> "Session TTL expired: session=" + id);
      }
    }
    confirmed = List.of();
  }

  /**
   * An end whose outcome is unknown may still be committed, as long as this term lasts: until it
   * is, or the term is over, no renewal may be answered.
   */
  private void sessionEnded(
      String id, CompletableFuture<Void> end, WriteOutcome outcome, long proposed) {
    boolean decided =
        outcome instanceof WriteOutcome.Applied || outcome instanceof WriteOutcome.NotApplied;
    synchronized (this) {
      if (!decided && proposed == term) {
        undecided.add(id);
        return;
      }
      ending.remove(id);
    }
    end.complete(null);
  }

  /** What became of the ends whose outcome was unknown. */
  private void settle(boolean sameTerm) {
    for (String id : List.copyOf(undecided)) {
      if (!sameTerm || !leadership.state().sessions().containsKey(id)) {
        undecided.remove(id);
        ending.remove(id).complete(null); // whoever waits for it goes on, on another thread
      }
    }
  }

  // ---- lock-delays ----

  private void endDelays(long now, List<Runnable> proposals) {
    if (endingDelays) {
      return;
    }
    Map<String, Long> since = new LinkedHashMap<>();
    int bytes = 0;
    for (Map.Entry<String, Long> over : delays.over(now, ENDS_A_ROUND).entrySet()) {
      bytes += over.getKey().length() * 3; // at most, as UTF-8
      if (bytes > DELAY_BYTES_A_ROUND && !since.isEmpty()) {
        break;
      }
      since.put(over.getKey(), over.getValue());
    }
    if (!since.isEmpty()) {
      endingDelays = true;
      proposals.add(() -> propose(new Command.EndLockDelays(since), this::delaysEnded));
    }
  }

  private synchronized void delaysEnded() {
    endingDelays = false;
  }

  // ---- tombstones ----

  private void reapTombstones(StateVersion state, long now, List<Runnable> proposals) {
    long upTo = tombstones.over(state, now);
    if (upTo > 0 && !reaping) {
      reaping = true;
      proposals.add(() -> propose(new Command.ReapTombstones(upTo), () -> reaped(upTo)));
    }
  }

  private synchronized void reaped(long upTo) {
    reaping = false;
    tombstones.reaped(upTo);
  }

  // ---- expired tokens ----

  private void deleteTokens(StateVersion state, long now, List<Runnable> proposals) {
    if (deletingTokens > 0) {
      return;
    }
    for (String id : tokens.over(state.access(), leadership.millis(), now, TOKENS_A_ROUND)) {
      deletingTokens++;
      Command delete = new Command.AccessDelete(AccessObject.Kind.TOKEN, id);
      proposals.add(() -> propose(delete, this::tokenDeleted));
      LOG.fine(() -> "token expired: accessor=" + id);
    }
  }

  private synchronized void tokenDeleted() {
    deletingTokens--;
  }

  // ---- a restoration that stands still or takes too long ----

  private void giveUpRestoration(long now, List<Runnable> proposals) {
    String id = restoration.over(leadership.restoring(), now);
    if (id != null && !givingUp) {
      givingUp = true;
      if (!id.equals(toldGivenUp)) { // a refused step is proposed again with each round
        toldGivenUp = id;
        LOG.warning(
            "COM3057: a restoration stands still or takes too long and is given up, nothing was"
                + " changed: id="
                + id);
      }
      proposals.add(() -> propose(new Command.RestoreAbort(id), this::givenUp));
    }
  }

  private synchronized void givenUp() {
    givingUp = false;
  }

  /** Whatever became of it: what is still over is found again by a later round. */
  private void propose(Command command, Runnable then) {
    leadership.propose(command).whenComplete((outcome, error) -> then.run());
  }
}
