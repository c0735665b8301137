package org.comitia.raft.bootstrap;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.ServerId;

/** Frames on their way out; those that tell what is decided wait until the decision is synced. */
final class SyncedOutbox {
  /** More answers do not wait for one sync; whoever asked asks again. */
  private static final int MAX_HELD = 1024;

  private final ServerId self;
  private final List<BootstrapEnvelope> ready = new ArrayList<>();
  private final List<Held> held = new ArrayList<>();
  private long sequence;
  private long synced;
  private boolean recordDue;

  private record Held(long sequence, BootstrapEnvelope envelope) {}

  SyncedOutbox(ServerId self) {
    this.self = self;
  }

  /** What is durable has changed: the next record has a new number, unless it was not taken yet. */
  void changed() {
    if (!recordDue) {
      sequence++;
      recordDue = true;
    }
  }

  /** The newest record may be lost: it gets a new number and is due again. */
  void writeAgain() {
    if (sequence > 0) {
      sequence++;
      recordDue = true;
    }
  }

  /** The number of the record with the newest decision. */
  long sequence() {
    return sequence;
  }

  boolean isSynced(long decision) {
    return decision <= synced;
  }

  void synced(long upTo) {
    synced = Math.max(synced, upTo);
    held.removeIf(
        h -> {
          if (isSynced(h.sequence)) {
            ready.add(h.envelope);
            return true;
          }
          return false;
        });
  }

  /** Leaves when all that this server has decided so far is on its disk. */
  void hold(ServerId to, BootstrapMessage message) {
    BootstrapEnvelope envelope = new BootstrapEnvelope(self, to, message);
    if (isSynced(sequence)) {
      ready.add(envelope);
    } else if (held.size() < MAX_HELD
        && held.stream().noneMatch(h -> h.envelope.equals(envelope))) {
      held.add(new Held(sequence, envelope));
    }
  }

  /** Leaves at once: it tells nothing that has to be durable. */
  void send(ServerId to, BootstrapMessage message) {
    ready.add(new BootstrapEnvelope(self, to, message));
  }

  /** Whether a record is to be written; not again before the next change. */
  boolean takeRecordDue() {
    boolean due = recordDue;
    recordDue = false;
    return due;
  }

  List<BootstrapEnvelope> take() {
    List<BootstrapEnvelope> taken = List.copyOf(ready);
    ready.clear();
    return taken;
  }
}
