package org.comitia.transport;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The one thread of the transport: accepts, connects, reads, writes what sockets did not take at
 * first, and looks at the clock. Nothing on it blocks.
 */
final class EventLoop {
  private static final Logger LOG = Logger.getLogger("transport");
  private static final long TICK_MILLIS = 20;

  private final Selector selector;
  private final Thread thread;
  private final Runnable tick;
  private final Runnable afterTurn;
  private final Runnable atEnd;
  private final Consumer<Throwable> died;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;

  /**
   * @param tick run about every 20 ms on the loop's thread
   * @param afterTurn run after each round of events
   * @param atEnd run last on the loop's thread, before the selector is closed
   * @param died told, after that, why the thread ended without having been asked to
   */
  EventLoop(
      ThreadFactory threads,
      Runnable tick,
      Runnable afterTurn,
      Runnable atEnd,
      Consumer<Throwable> died)
      throws IOException {
    this.selector = Selector.open();
    this.tick = tick;
    this.afterTurn = afterTurn;
    this.atEnd = atEnd;
    this.died = died;
    this.thread = threads.newThread(this::run);
    if (thread == null) {
      selector.close();
      throw new IOException("the thread factory gave no thread for the transport");
    }
  }

  void start() {
    thread.start();
  }

  /** Runs this soon on the loop's thread; not at all after the loop has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /** Registers a channel; its events go to {@code events}. Loop's thread, or before the start. */
  SelectionKey register(SelectableChannel channel, int ops, Consumer<SelectionKey> events)
      throws IOException {
    return channel.register(selector, ops, events);
  }

  /** Asks to be told when this link's socket takes bytes again. Any thread. */
  void wantWrite(Link link) {
    SelectionKey key = link.key;
    if (key == null) {
      return;
    }
    try {
      key.interestOpsOr(SelectionKey.OP_WRITE);
    } catch (CancelledKeyException closing) {
      return;
    }
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /** Ends the thread; waits for it, at most so long. */
  void stop(long millis) {
    stopping = true;
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    boolean interrupted = false;
    long end = System.nanoTime() + millis * 1_000_000;
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Throwable cause = null;
    try {
      long lastTick = System.nanoTime();
      while (!stopping) {
        // A container may interrupt its threads; it must not make the select below spin.
        Thread.interrupted();
        selector.select(this::dispatch, TICK_MILLIS);
        runTasks();
        guarded(afterTurn);
        runTasks(); // what that has left: the next select may be long
        long now = System.nanoTime();
        if (now - lastTick >= TICK_MILLIS * 1_000_000) {
          lastTick = now;
          guarded(tick);
        }
      }
    } catch (Throwable e) {
      cause = e;
    } finally {
      stopping = true;
      runTasks();
      guarded(atEnd);
      runTasks();
      try {
        selector.close();
      } catch (IOException ignored) {
        // All its channels are closed.
      }
    }
    if (cause != null) {
      Throwable why = cause;
      guarded(() -> died.accept(why));
      log("COM3101: transport: its thread ended; redeploy or restart this agent", cause);
    }
  }

  @SuppressWarnings("unchecked")
  private void dispatch(SelectionKey key) {
    guarded(() -> ((Consumer<SelectionKey>) key.attachment()).accept(key));
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      guarded(task);
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (CancelledKeyException closing) {
      // The link was closed between the event and now.
    } catch (Throwable e) {
      // An Error too: it must not end the thread that all connections need.
      logFailure(e);
    }
  }

  /** Any thread. */
  static void logFailure(Throwable e) {
    log("COM3102: transport: a task failed, its connection is closed", e);
  }

  private static void log(String text, Throwable e) {
    try {
      LOG.log(Level.SEVERE, text, e);
    } catch (Throwable noMemoryToSayIt) {
      // The thread goes on; what failed is counted by its connection's end.
    }
  }
}
