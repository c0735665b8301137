package org.comitia.membership;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.log.OneLineAMinute;

/**
 * The one thread that holds the roster: runs what others hand it, in order, and a tick four times a
 * second. What waits for it is bounded in number and in bytes; the newest view always gets through.
 * Safe for any thread.
 */
final class MembershipThread implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("serf");

  /** Frames that wait. */
  static final int MAX_FRAMES = 20_000;

  /** Bytes of the frames that wait; one has 16 MiB at most. */
  static final int MAX_BYTES = 64 << 20;

  /** Views that wait in their place between the other tasks. */
  static final int MAX_VIEWS = 64;

  private static final long TICK_MILLIS = 250;
  private static final long JOIN_MILLIS = 2_000;

  /**
   * @param bytes of a frame; 0 for what is no frame
   */
  private record Task(Runnable work, int bytes) {}

  private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();

  // What waits; guarded by this.
  private int bytes;
  private int frames;
  private int views;
  private boolean frameDropped;

  /** Has found no place; takes the first that becomes free. */
  private Runnable newestView;

  private final OneLineAMinute dropped = new OneLineAMinute(System::nanoTime, LOG::severe);
  private final Runnable tick;
  private final BooleanSupplier connected;
  private volatile boolean closed;
  private volatile Thread thread;

  /**
   * @param tick run after each task, and every {@value #TICK_MILLIS} ms without one
   * @param connected whether a task may be expected to find a channel
   */
  MembershipThread(Runnable tick, BooleanSupplier connected) {
    this.tick = tick;
    this.connected = connected;
  }

  /**
   * @param onEnded told, on the thread, as the last thing, when it ends though nobody closed it
   */
  void start(ThreadFactory threads, Consumer<Throwable> onEnded) {
    thread = threads.newThread(() -> run(onEnded));
    thread.start();
  }

  /** Returns at once. This agent's own tasks are few, and always have a place. */
  synchronized void post(Runnable task) {
    tasks.add(new Task(task, 0));
  }

  /**
   * For a frame of another agent; returns at once. What is too much is dropped, and told.
   *
   * @param size bytes that the task keeps in memory until it has run, above 0
   */
  void postFrame(Runnable task, int size) {
    if (!offer(task, size)) {
      dropped.say(() -> "COM2014: the membership thread does not keep up: an event was dropped");
    }
  }

  private synchronized boolean offer(Runnable task, int size) {
    if (frames >= MAX_FRAMES || bytes + size > MAX_BYTES) {
      frameDropped = true;
      return false;
    }
    frames++;
    bytes += size;
    return tasks.add(new Task(task, size));
  }

  /** Whether frames were dropped, and none waits any more; says so once. */
  synchronized boolean takeDropped() {
    boolean now = frameDropped && frames == 0;
    frameDropped &= !now;
    return now;
  }

  /** Returns at once. Of more views than can wait the newest is kept: it says all. */
  synchronized void postView(Runnable view) {
    if (views == MAX_VIEWS) {
      newestView = view;
      return;
    }
    views++;
    tasks.add(
        new Task(
            () -> {
              viewTaken();
              view.run();
            },
            0));
  }

  private synchronized void viewTaken() {
    views--;
    Runnable next = newestView;
    if (next != null) {
      newestView = null;
      postView(next);
    }
  }

  /** Tasks that wait. */
  int waiting() {
    return tasks.size();
  }

  /** Returns when what was posted so far has run, after 2 s at most. */
  void awaitTaken() {
    CompletableFuture<Object> done = new CompletableFuture<>();
    post(() -> done.complete(true));
    try {
      done.get(JOIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning("COM2013: the membership thread is busy; members may be shown late");
    }
  }

  /** Ends it after the task that it runs; waits for that 2 s at most. */
  @Override
  public void close() {
    closed = true;
    Thread running = thread;
    if (running == null || running == Thread.currentThread()) {
      return;
    }
    tasks.add(new Task(() -> {}, 0));
    try {
      running.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Consumer<Throwable> onEnded) {
    try {
      while (!closed) {
        turn();
      }
    } catch (Throwable e) {
      LOG.log(Level.SEVERE, "COM2015: membership: its thread ended; restart this agent", e);
      onEnded.accept(e);
    }
  }

  private synchronized void taken(Task task) {
    bytes -= task.bytes();
    frames -= task.bytes() > 0 ? 1 : 0;
  }

  private void turn() {
    try {
      Task task = tasks.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
      if (task != null) {
        taken(task);
        if (!closed) {
          task.work().run();
        }
      }
      tick.run();
    } catch (InterruptedException e) {
      // A container interrupts its threads when it takes an application down; close() ends us.
      LOG.finer("interrupted");
    } catch (RuntimeException e) {
      if (!closed && connected.getAsBoolean()) {
        LOG.log(Level.SEVERE, "COM2016: membership: an event was lost", e);
      }
    }
  }
}
