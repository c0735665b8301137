package org.comitia.raft;

import java.util.ArrayDeque;

/**
 * A leader's view of one other server (paper §5.3's nextIndex and matchIndex, with a window).
 *
 * <p>Probing: it is not known where the logs agree, or something was lost; one request at a time.
 * Otherwise requests are pipelined within the window, and {@code next} runs ahead of the answers.
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
  private long probeEnd;

  /** When it last answered. */
  long contact;

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

  private final ArrayDeque<Sent> window = new ArrayDeque<>();
  private long windowBytes;

  Progress(Server server, long next, long now, RaftOptions options) {
    this.server = server;
    this.id = server.id();
    this.next = next;
    this.contact = now;
    this.catchUpTarget = next - 1;
    this.catchUpSince = now;
    this.diskTarget = next - 1;
    this.diskSince = now;
    this.diskRounds = new SlowestRecent(20 * options.electionNanos(), options.slowestSyncNanos());
  }

  boolean hasRoom(RaftOptions options) {
    return window.size() < options.maxInflightMessages()
        && windowBytes < options.maxInflightBytes();
  }

  void sent(long lastIndex, long bytes, long now) {
    next = lastIndex + 1;
    window.add(new Sent(lastIndex, bytes, now));
    windowBytes += bytes;
  }

  void probeSent(long lastIndex, long now) {
    probeSent = true;
    probeAt = now;
    probeEnd = lastIndex;
  }

  /**
   * Its log equals the leader's up to {@code newReceived}, and is synced up to {@code newMatch}.
   *
   * @return whether the match index grew
   */
  boolean acknowledged(long newMatch, long newReceived) {
    boolean grew = newMatch > match;
    match = Math.max(match, newMatch);
    // Not the highest ever told: what is not synced can be lost when that server restarts.
    received = Math.max(newReceived, match);
    while (!window.isEmpty() && window.peekFirst().lastIndex() <= match) {
      windowBytes -= window.pollFirst().bytes();
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

  /** Its log does not hold what was sent before {@code next}; it may agree up to {@code hint}. */
  void refused(long hint) {
    if (hint < match || hint + 1 >= next) {
      return;
    }
    received = Math.max(match, Math.min(received, hint));
    probe(hint + 1);
  }

  /** Goes back to sending one request at a time, from this index on. */
  void probe(long from) {
    probing = true;
    probeSent = false;
    next = Math.max(match + 1, from);
    probeEnd = next - 1;
    window.clear();
    windowBytes = 0;
  }

  /** Sends nothing but heartbeats until it answers. */
  void pause() {
    probeSent = true;
  }

  /** Starts over behind what surely arrived: something under way was lost. */
  void rewind() {
    probe(received + 1);
  }

  /** A heartbeat interval has passed. */
  void heartbeat(long now, RaftOptions options) {
    heartbeatDue = true;
    boolean reachable = now - contact < options.electionNanos();
    if (probing) {
      if (reachable && now - probeAt >= options.heartbeatNanos()) {
        probeSent = false;
      }
    } else if (isOverdue(now, 3 * options.heartbeatNanos())) {
      rewind();
      if (!reachable) {
        pause();
      }
    }
  }

  /** Whether something sent this long ago neither arrived nor was refused. */
  private boolean isOverdue(long now, long nanos) {
    for (Sent sent : window) {
      if (now - sent.at() < nanos) {
        return false;
      }
      if (sent.lastIndex() > received) {
        return true;
      }
    }
    return false;
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

  /**
   * Whether it answers, and its disk has not been silent for an election timeout or twice what it
   * usually needs.
   */
  boolean isInReach(long now, RaftOptions options) {
    long late = Math.max(options.electionNanos(), 2 * diskRounds.get(now));
    return now - contact < options.electionNanos()
        && (match >= diskTarget || now - diskSince <= late);
  }
}
