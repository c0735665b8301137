package org.comitia.raft;

import java.util.ArrayDeque;

/**
 * A leader's view of one other server (paper §5.3's nextIndex and matchIndex, with a window).
 *
 * <p>Probing: it is not known where the logs agree, or something was lost; one request at a time.
 * Otherwise requests are pipelined within the window, and {@code next} runs ahead of the answers.
 * The window follows what the link carries; what the follower's disk is behind is bounded beside
 * it.
 */
final class Progress {

  /** One request under way. */
  private record Sent(long lastIndex, long bytes, long at) {}

  final Server server;
  final ServerId id;

  /** Up to here its log is synced and equals the leader's. */
  long match;

  /** Up to here its log equals the leader's, on its disk or not. */
  long received;

  /** The next index to send. */
  long next;

  boolean probing = true;
  boolean probeSent;
  private long probeAt;
  private long probeBytes;
  private long probeEnd;

  /** When it last answered. */
  long contact;

  /** The feature level that its last answer told; 0 before the first. */
  int level;

  /** The newest that it has said of its state. */
  StateMark mark = StateMark.NONE;

  /** It has lost what it had acknowledged: it is not listened to. */
  boolean lost;

  /** What it says to have since then. */
  private long has;

  private int denials;
  private long deniedSince;

  /** The newest ReadIndex round that it has answered. */
  long round;

  long commitSent;
  boolean heartbeatDue = true;
  boolean awaitsRead;

  // Learners: a round of catching up ends when what the leader had at its start has arrived
  // (thesis §4.2.1).
  private long catchUpTarget;
  private long catchUpSince;
  private boolean caughtUp;

  // The same for its disk: when what the leader had at the start is synced there, and how long that
  // takes lately.
  private long diskTarget;
  private long diskSince;
  private final SlowestRecent diskRounds;

  // What was sent and is not synced there; of that, what has not arrived there as far as is known.
  private final ArrayDeque<Sent> unsynced = new ArrayDeque<>();
  private long unsyncedBytes;
  private final ArrayDeque<Sent> flight = new ArrayDeque<>();
  private long flightBytes;

  /** How many bytes may be in flight on the link. */
  private long window;

  /** When something new arrived there, or was sent when nothing else was under way. */
  private long progressAt;

  Progress(Server server, long next, long now, RaftOptions options) {
    this.server = server;
    this.id = server.id();
    this.next = next;
    this.contact = now;
    this.progressAt = now;
    this.window = Math.min(options.maxAppendBytes(), options.maxInflightBytes());
    this.catchUpTarget = next - 1;
    this.catchUpSince = now;
    this.diskTarget = next - 1;
    this.diskSince = now;
    this.diskRounds = new SlowestRecent(20 * options.electionNanos(), options.slowestSyncNanos());
  }

  boolean hasRoom(RaftOptions options) {
    return unsynced.size() < options.maxInflightMessages()
        && unsyncedBytes < options.maxInflightBytes()
        && flightBytes < window;
  }

  /** How large a request may be: several fit into the window, so that answers keep coming. */
  int appendBytes(RaftOptions options) {
    return (int) Math.min(options.maxAppendBytes(), Math.max(leastWindow(options), window / 4));
  }

  void sent(long lastIndex, long bytes, long now) {
    if (next - 1 <= received) {
      progressAt = now;
    }
    next = lastIndex + 1;
    Sent sent = new Sent(lastIndex, bytes, now);
    unsynced.add(sent);
    unsyncedBytes += bytes;
    flight.add(sent);
    flightBytes += bytes;
  }

  void probeSent(long lastIndex, long bytes, long now) {
    probeSent = true;
    probeAt = now;
    probeBytes = bytes;
    probeEnd = lastIndex;
  }

  /**
   * Its log equals the leader's up to {@code newReceived}, and is synced up to {@code newMatch}.
   *
   * @return whether the match index grew
   */
  boolean acknowledged(long newMatch, long newReceived, long now, RaftOptions options) {
    boolean grew = newMatch > match;
    match = Math.max(match, newMatch);
    // Not the highest ever told: what is not synced can be lost when that server restarts.
    long before = received;
    received = Math.max(newReceived, match);
    if (received != before) {
      progressAt = now;
    }
    while (!unsynced.isEmpty() && unsynced.peekFirst().lastIndex() <= match) {
      unsyncedBytes -= unsynced.pollFirst().bytes();
    }
    while (!flight.isEmpty() && flight.peekFirst().lastIndex() <= received) {
      arrived(flight.pollFirst(), now, options);
    }
    // While a probe is out, an answer to a heartbeat says nothing about what the probe carries.
    if (probing && received >= next - 1 && (!probeSent || received >= probeEnd)) {
      probing = false;
      probeSent = false;
      next = received + 1;
    }
    next = Math.max(next, match + 1);
    return grew;
  }

  /**
   * Sizes the window by the link: what is under way shall arrive within half an election timeout.
   * It grows while it is the window that limits, and shrinks to what the link carries in that time.
   */
  private void arrived(Sent sent, long now, RaftOptions options) {
    long delay = now - sent.at();
    long target = options.electionNanos() / 2;
    if (delay > target) {
      long excess = (long) (sent.bytes() * (1 - (double) target / delay));
      window = Math.max(leastWindow(options), window - excess);
    } else if (2 * flightBytes >= window) {
      window = Math.min(options.maxInflightBytes(), window + sent.bytes());
    }
    flightBytes -= sent.bytes();
  }

  private static long leastWindow(RaftOptions options) {
    return options.maxInflightBytes() / 128;
  }

  /** Its log does not hold what was sent before {@code next}; it may agree up to {@code hint}. */
  void refused(long hint) {
    if (hint < match || hint + 1 >= next) {
      return;
    }
    received = Math.max(match, Math.min(received, hint));
    probe(hint + 1);
  }

  /**
   * A refusal that denies what was acknowledged before. One may be late; when for an election
   * timeout nothing but such comes, though heartbeats ask for no more than what was acknowledged,
   * it is gone.
   *
   * @return whether that is known from now on
   */
  boolean denies(long hint, long now, RaftOptions options) {
    if (hint >= match || lost) {
      return false;
    }
    if (denials++ == 0) {
      deniedSince = now;
    }
    lost = denials >= 4 && now - deniedSince >= options.electionNanos();
    has = hint;
    return lost;
  }

  /** Whether it is still without what it lost, now that it has this much. */
  boolean isLostBefore(long newMatch) {
    denials = 0;
    lost &= newMatch < match;
    return lost;
  }

  /** Up to where its log is synced, as far as is known; of one that has lost some, without that. */
  long synced() {
    return lost ? has : match;
  }

  /** Goes back to sending one request at a time, from this index on. */
  void probe(long from) {
    probing = true;
    probeSent = false;
    next = Math.max(match + 1, from);
    probeEnd = next - 1;
    unsynced.clear();
    unsyncedBytes = 0;
    flight.clear();
    flightBytes = 0;
  }

  /** Sends nothing but heartbeats until it answers. */
  void pause() {
    probeSent = true;
    probeBytes = 0;
  }

  /** Starts over behind what surely arrived: something under way was lost. */
  void rewind() {
    probe(received + 1);
  }

  /**
   * A tick has passed. The commit index rides along with entries and rounds of reads; it is sent by
   * itself only when nothing has carried it since the last tick.
   */
  void tellCommit(long commitIndex) {
    if (!probing && commitSent < commitIndex) {
      heartbeatDue = true;
    }
  }

  /** A heartbeat interval has passed. */
  void heartbeat(long now, RaftOptions options) {
    heartbeatDue = true;
    boolean reachable = now - contact < options.electionNanos();
    if (probing) {
      long patience =
          Math.max(options.heartbeatNanos(), 2 * probeBytes * options.linkNanosPerByte());
      if (reachable && now - probeAt >= patience) {
        probeSent = false;
      }
    } else if (isLost(now, options)) {
      rewind();
      if (!reachable) {
        pause();
      }
    }
  }

  /**
   * Connections do not lose, they break, and that is told. So what is under way is taken for lost
   * only when nothing of it has arrived for longer than the slowest link needs, or, since all
   * together may be much, for an election timeout beside what the next request needs. To send it
   * again behind itself makes a slow link slower.
   */
  private boolean isLost(long now, RaftOptions options) {
    long head = flight.isEmpty() ? 0 : flight.peekFirst().bytes();
    long patience =
        Math.min(
            Math.max(3 * options.heartbeatNanos(), 2 * flightBytes * options.linkNanosPerByte()),
            options.electionNanos() + head * options.linkNanosPerByte());
    return next - 1 > received && now - progressAt >= patience;
  }

  /** Counts rounds of catching up, of the log and of the disk. */
  void measure(long lastIndex, long now, RaftOptions options) {
    if (received >= catchUpTarget) {
      caughtUp = now - catchUpSince <= options.electionNanos();
      catchUpTarget = lastIndex;
      catchUpSince = now;
    }
    if (match >= diskTarget) {
      diskRounds.add(now - diskSince, now);
      diskTarget = lastIndex;
      diskSince = now;
    }
  }

  /** Whether it receives the log within an election timeout, and its disk comes along. */
  boolean caughtUp(long now, RaftOptions options) {
    return caughtUp && now - catchUpSince <= options.electionNanos() && isInReach(now, options);
  }

  boolean answers(long now, RaftOptions options) {
    return now - contact < options.electionNanos();
  }

  /**
   * Whether it answers, and its disk has not been silent for an election timeout or twice what it
   * usually needs.
   */
  boolean isInReach(long now, RaftOptions options) {
    long late = Math.max(options.electionNanos(), 2 * diskRounds.get(now));
    return answers(now, options) && (match >= diskTarget || now - diskSince <= late);
  }
}
