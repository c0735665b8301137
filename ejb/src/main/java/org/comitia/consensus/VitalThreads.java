package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The threads without which this node is of no use: core, log, apply, transport and membership. If
 * one of them ends though nobody asked it to, the node is out of service until it is restarted: the
 * listeners are told, {@link #failure()} says which thread and why. Only the first one counts. Safe
 * for any thread.
 */
public final class VitalThreads {
  public static final String TRANSPORT = "comitia-transport";
  public static final String MEMBERSHIP = "comitia-membership";

  private static final Logger LOG = Logger.getLogger("agent");

  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;
  private volatile String failure = "";

  /** Threads are asked to end: from now on no end counts. */
  public void stopping() {
    stopping = true;
  }

  /**
   * This thread ended unasked, or is about to; to be called on it, as the last thing.
   *
   * @param cause null when it is not known
   */
  public void ended(String thread, Throwable cause) {
    synchronized (this) {
      if (stopping || !failure.isEmpty()) {
        return;
      }
      failure = "COM3011: thread " + thread + " ended" + (cause == null ? "" : ": " + cause);
    }
    quietly(
        () ->
            LOG.log(
                Level.SEVERE,
                failure + "; this agent takes no part and no requests any more: restart it",
                cause));
    listeners.forEach(listener -> quietly(() -> listener.accept(failure)));
  }

  /** Which thread ended and why, in words; empty when none did. */
  public String failure() {
    return failure;
  }

  /**
   * @param listener told once, on the thread that ends: must return at once
   */
  void onEnd(Consumer<String> listener) {
    listeners.add(listener);
  }

  /**
   * What a thread is to run.
   *
   * @param body returns when it was asked to end
   * @param atEnd run last, however the body ended
   */
  Runnable watched(String thread, Runnable body, Runnable atEnd) {
    return () -> {
      try {
        body.run();
        ended(
            thread,
            Thread.currentThread().isInterrupted()
                ? new InterruptedException("it was interrupted")
                : null);
      } catch (Throwable t) { // an Error too: whoever waits for this thread must hear of it
        ended(thread, t);
      } finally {
        quietly(atEnd);
      }
    };
  }

  /** Out of memory more than one step may fail; the others are to be tried all the same. */
  static void quietly(Runnable step) {
    try {
      step.run();
    } catch (Throwable t) {
      // nothing is left to tell it to
    }
  }
}
