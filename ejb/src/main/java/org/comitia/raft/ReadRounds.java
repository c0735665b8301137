package org.comitia.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * ReadIndex (thesis §6.4): reads that arrive together share one round of heartbeats. A round has an
 * id of its own and is confirmed when a majority has answered this or a later round. The index is
 * captured before the round is sent.
 */
final class ReadRounds {
  private static final int MAX_WAITING = 65_536;
  private static final int MAX_ROUNDS = 64;

  /** While two rounds are out, what comes within this time waits for the next one. */
  private static final long GATHER_NANOS = 1_000_000L;

  private record Round(long id, long index, List<Long> requests) {}

  private final Outbox out;
  private final ArrayDeque<Round> rounds = new ArrayDeque<>();
  private List<Long> waiting = new ArrayList<>();
  private long newest;
  private int pending;
  private long startedAt;

  ReadRounds(Outbox out) {
    this.out = out;
  }

  /** The id to put on messages; 0 before the first round. */
  long newest() {
    return newest;
  }

  void add(long requestId) {
    if (pending >= MAX_WAITING) {
      out.read(requestId, -1);
      return;
    }
    pending++;
    waiting.add(requestId);
  }

  /** Starts a round for what waits, or lets it gather. @return whether it must be sent */
  boolean start(long commitIndex, long now) {
    boolean gathering = rounds.size() >= 2 && now - startedAt < GATHER_NANOS;
    if (waiting.isEmpty() || gathering || rounds.size() >= MAX_ROUNDS) {
      return false;
    }
    startedAt = now;
    rounds.add(new Round(++newest, commitIndex, waiting));
    waiting = new ArrayList<>();
    return true;
  }

  boolean isOpen() {
    return !rounds.isEmpty();
  }

  /** A majority has answered this round. */
  void confirmed(long round) {
    while (!rounds.isEmpty() && rounds.peekFirst().id() <= round) {
      Round done = rounds.pollFirst();
      answer(done.requests(), done.index());
    }
  }

  /** Leadership is lost: nothing that is still open was confirmed. */
  void fail() {
    for (Round round : rounds) {
      answer(round.requests(), -1);
    }
    rounds.clear();
    answer(waiting, -1);
    waiting = new ArrayList<>();
  }

  private void answer(List<Long> requests, long index) {
    pending -= requests.size();
    for (long request : requests) {
      out.read(request, index);
    }
  }
}
