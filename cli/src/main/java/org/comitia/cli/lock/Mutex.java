package org.comitia.cli.lock;

import java.time.Duration;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.kv.KvPair;
import org.comitia.cli.kv.KvStore;

/** One holder at a time: the session that holds the key. */
final class Mutex implements Recipe {
  /** Marks a key as a lock, so that nothing else is taken for one. */
  private static final long FLAGS = 0x2ddccbc058a50c18L;

  /** A refused acquisition without a holder: the lock-delay of a lost session. */
  private static final Duration DELAYED = Duration.ofSeconds(5);

  private static final byte[] NOTHING = {};

  private final KvStore store;
  private final String key;
  private final LockReads reads;

  Mutex(KvStore store, String key, LockReads reads) {
    this.store = store;
    this.key = key;
    this.reads = reads;
  }

  @Override
  public boolean acquire(String session) throws AgentException, InterruptedException {
    long began = System.nanoTime();
    long index = 0;
    for (boolean first = true; ; first = false) {
      Duration wait = reads.nextWait(began, first);
      if (wait == null) {
        return false;
      }
      KvStore.Reading reading = read(index, wait);
      if (isHeld(reading)) {
        index = reading.index();
        continue;
      }
      if (take(session)) {
        return true;
      }
      KvStore.Reading now = read(0, wait);
      if (isHeld(now)) {
        index = now.index();
      } else {
        index = 0;
        Duration left = reads.nextWait(began, false);
        if (left == null) {
          return false;
        }
        Thread.sleep((left.compareTo(DELAYED) < 0 ? left : DELAYED).toMillis());
      }
    }
  }

  private KvStore.Reading read(long index, Duration wait) throws AgentException {
    KvStore.Reading reading;
    try {
      reading =
          reads.read((parameters, timeout) -> store.get(key, parameters, timeout), index, wait);
    } catch (AgentException e) {
      throw new AgentException("failed to read lock: " + e.getMessage());
    }
    return checked(reading);
  }

  private static KvStore.Reading checked(KvStore.Reading reading) throws AgentException {
    if (reading.pair() != null && reading.pair().flags() != FLAGS) {
      throw new AgentException("Existing key does not match lock use");
    }
    return reading;
  }

  private static boolean isHeld(KvStore.Reading reading) {
    return reading.pair() != null && !reading.pair().session().isEmpty();
  }

  private boolean take(String session) throws AgentException {
    try {
      return store.put(key, NOTHING, FLAGS, reads.parameters().add("acquire", session));
    } catch (AgentException e) {
      throw new AgentException("failed to acquire lock: " + e.getMessage());
    }
  }

  @Override
  public void awaitLoss(String session) throws InterruptedException {
    reads.monitor(
        (parameters, timeout) -> store.get(key, parameters, timeout),
        reading -> reading.pair() != null && reading.pair().session().equals(session));
  }

  @Override
  public void release(String session) throws AgentException {
    try {
      store.put(key, NOTHING, FLAGS, reads.parameters().add("release", session));
    } catch (AgentException e) {
      throw new AgentException("failed to release lock: " + e.getMessage());
    }
  }

  @Override
  public boolean cleanUp() throws AgentException {
    KvPair left = checked(store.get(key, reads.parameters(), AgentClient.SOON)).pair();
    if (left == null) {
      return true;
    }
    QueryParameters unchanged =
        reads.parameters().add("cas", Long.toUnsignedString(left.modifyIndex()));
    return left.session().isEmpty() && store.delete(key, unchanged);
  }
}
