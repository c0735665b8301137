package org.comitia.cli.snapshot;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.lock.HeldLock;
import org.comitia.config.GoDuration;
import org.comitia.config.LogLevel;
import org.comitia.log.LogLine;
import org.comitia.snapshot.Manifest;

/** Takes one snapshot after the other while it holds the lock. {@link #run} is one thread's. */
final class SnapshotRunner {
  /** After what failed; a shorter interval is kept. */
  private static final Duration RETRY = Duration.ofSeconds(30);

  /** How long one session waits for the lock. */
  private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

  private final AgentClient agent;
  private final SnapshotPlan plan;
  private final SnapshotFolder folder;
  private final Consumer<String> lines;
  private volatile HeldLock held;

  /**
   * @param lines takes each line of the log, with its newline
   */
  SnapshotRunner(AgentClient agent, SnapshotPlan plan, Consumer<String> lines) {
    this.agent = agent;
    this.plan = plan;
    this.folder = new SnapshotFolder(plan.folder());
    this.lines = lines;
  }

  /**
   * Takes one, without the lock.
   *
   * @return whether it is there
   */
  boolean once() {
    return take();
  }

  /** Goes on until the thread is interrupted. The lock is given back then. */
  void run() throws InterruptedException {
    say(LogLevel.INFO, "waiting for the lock " + plan.lockKey());
    try {
      while (true) {
        if (!holdOnce()) {
          Thread.sleep(pauseAfterFailure().toMillis());
        }
      }
    } catch (InterruptedException e) {
      say(LogLevel.INFO, "ended as told");
      throw e;
    }
  }

  /** Gives the lock back if {@link #run} still has it. */
  void release() {
    HeldLock left = held;
    if (left != null) {
      left.close();
    }
  }

  /**
   * @return whether it may be tried again at once
   */
  private boolean holdOnce() throws InterruptedException {
    try (HeldLock lock =
        HeldLock.acquire(agent, plan.lockKey(), "Comitia snapshot agent", LOCK_WAIT)) {
      held = lock;
      return lock == null || work(lock);
    } catch (AgentException e) {
      failed("cannot get the lock " + plan.lockKey() + ": " + e.getMessage());
      return false;
    } finally {
      held = null;
    }
  }

  /**
   * @return false when the lock is given up since snapshots fail, true when it is lost
   */
  private boolean work(HeldLock lock) throws InterruptedException {
    say(LogLevel.INFO, "holding the lock " + plan.lockKey() + ", taking snapshots");
    int failures = 0;
    Duration pause = untilDue(Instant.now());
    while (lock.isHeldFor(pause)) {
      boolean saved = take();
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      if (saved) {
        failures = 0;
        pause = plan.interval();
      } else if (++failures == plan.maxFailures()) {
        say(
            LogLevel.WARN,
            failures + " failures in a row, giving the lock up: another snapshot agent may try");
        return false;
      } else {
        pause = pauseAfterFailure();
      }
    }
    say(LogLevel.WARN, "lost the lock " + plan.lockKey() + ", waiting for it");
    return true;
  }

  /** So that one that starts again and again does not push the older snapshots out. */
  Duration untilDue(Instant now) {
    try {
      folder.deleteUnfinished();
      Instant newest = folder.newest();
      if (newest != null) {
        Duration age = Duration.between(newest, now);
        Duration left = plan.interval().minus(age);
        boolean ofPast = !age.isNegative();
        return ofPast && !left.isNegative() ? left : Duration.ZERO;
      }
    } catch (IOException e) {
      failed("cannot look into the folder: " + SnapshotFile.words(e));
    }
    return Duration.ZERO;
  }

  private boolean take() {
    Path file = folder.next(Instant.now());
    try {
      Manifest manifest = SnapshotFile.save(agent, plan.reading(), file);
      say(LogLevel.INFO, "saved and verified " + file + " to index " + manifest.index());
    } catch (SnapshotFile.NotSavedException e) {
      if (!Thread.currentThread().isInterrupted()) {
        failed(e.getMessage());
      }
      return false;
    }
    try {
      folder.prune(plan.retain(), file, old -> say(LogLevel.INFO, "deleted " + old));
    } catch (IOException e) {
      say(LogLevel.WARN, "cannot delete an old snapshot: " + SnapshotFile.words(e));
    }
    return true;
  }

  private Duration pauseAfterFailure() {
    return plan.interval().compareTo(RETRY) < 0 ? plan.interval() : RETRY;
  }

  private void failed(String what) {
    boolean again = !plan.interval().isZero();
    say(
        LogLevel.ERROR,
        what + (again ? ". Next attempt in " + GoDuration.format(pauseAfterFailure()) : ""));
  }

  private void say(LogLevel level, String text) {
    lines.accept(LogLine.text(Instant.now(), level, "snapshot", text));
  }
}
