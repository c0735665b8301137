package org.comitia.raft;

import java.util.ArrayList;
import java.util.List;

/** What the next {@link Ready} will hold, and the messages that wait for the term and vote. */
final class Outbox {
  /** Held messages are votes and refusals of one term: few. A flood of duplicates is dropped. */
  private static final int MAX_HELD = 1024;

  private List<Outbound> messages = new ArrayList<>();
  private List<ReadResult> reads = new ArrayList<>();
  private List<LogRead> logReads = new ArrayList<>();
  private List<RaftEvent> events = new ArrayList<>();
  private final List<Outbound> held = new ArrayList<>();

  void send(ServerId to, Message message, boolean hardStateSynced) {
    if (hardStateSynced) {
      messages.add(new Outbound(to, message));
    } else if (held.size() < MAX_HELD) {
      held.add(new Outbound(to, message));
    }
  }

  /** Term and vote are synced: what waited may leave. */
  void release() {
    messages.addAll(held);
    held.clear();
  }

  /** The term is over: drops the messages that waited for it to be synced. */
  void dropHeld() {
    held.clear();
  }

  void read(long requestId, long index) {
    reads.add(new ReadResult(requestId, index));
  }

  void logRead(LogRead read) {
    logReads.add(read);
  }

  void event(RaftEvent event) {
    events.add(event);
  }

  Ready take(List<Persist> persists, List<Entry> committed) {
    Ready ready =
        new Ready(
            persists,
            handOut(messages),
            committed,
            handOut(reads),
            handOut(logReads),
            handOut(events));
    messages = fresh(messages);
    reads = fresh(reads);
    logReads = fresh(logReads);
    events = fresh(events);
    return ready;
  }

  private static <T> List<T> handOut(List<T> list) {
    return list.isEmpty() ? List.of() : list;
  }

  private static <T> List<T> fresh(List<T> taken) {
    return taken.isEmpty() ? taken : new ArrayList<>();
  }
}
