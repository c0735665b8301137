package org.comitia.cli.lock;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.kv.KvStore;

/**
 * A lock of one holder for a command that works while it holds it. The lock is advisory: it is lost
 * a moment before its holder can know. Safe for any thread.
 */
public final class HeldLock implements AutoCloseable {
  /** How often in a row the agent may fail to say, a second apart, whether it is still held. */
  private static final int RETRIES = 3;

  private final Mutex mutex;
  private final LockSession session;
  private final CountDownLatch lost;
  private boolean closed;

  private HeldLock(Mutex mutex, LockSession session, CountDownLatch lost) {
    this.mutex = mutex;
    this.session = session;
    this.lost = lost;
  }

  /**
   * Waits for it.
   *
   * @param name the session's
   * @param limit how long to wait, at least; what waits for ever asks again, with a new session
   * @return null when the time was over before
   * @throws AgentException when the agent cannot say, or the key is used for something else
   */
  public static HeldLock acquire(AgentClient agent, String key, String name, Duration limit)
      throws AgentException, InterruptedException {
    CountDownLatch lost = new CountDownLatch(1);
    Mutex mutex = new Mutex(new KvStore(agent), key, new LockReads(limit, RETRIES, null));
    LockSession session = LockSession.create(agent, name, false, lost::countDown);
    boolean held = false;
    try {
      held = mutex.acquire(session.id());
    } finally {
      if (!held) {
        session.destroy();
      }
    }
    if (!held) {
      return null;
    }
    HeldLock lock = new HeldLock(mutex, session, lost);
    Thread watch = new Thread(lock::watch, "lock");
    watch.setDaemon(true);
    watch.start();
    return lock;
  }

  private void watch() {
    try {
      mutex.awaitLoss(session.id());
      lost.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits for so long.
   *
   * @return false, at once, when it is lost
   */
  public boolean isHeldFor(Duration time) throws InterruptedException {
    return !lost.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Gives it back. When the agent cannot be asked it ends by itself, some seconds later. More than
   * one call is as good as one.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      mutex.release(session.id());
    } catch (AgentException e) {
      // its session ends, and with it the lock
    }
    session.destroy();
  }
}
