package org.comitia.web.http;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.concurrent.ManagedThreadFactoryDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.comitia.agent.Agent;

/**
 * Who waits for bodies. Nearly all are there with their head, or an instant later, but a servlet
 * learns that by reading only: so a few of the container's threads may read, and when all of these
 * few wait for clients that send nothing, threads of our own do. The container's pool grows too
 * slowly to lend more. Before a stop all that wait on ours are told, since the container waits for
 * their answers. Safe for any thread.
 */
@ApplicationScoped
@ManagedThreadFactoryDefinition(
    name = "java:module/concurrent/bodies",
    context = "java:module/concurrent/bare")
public class BodyThreads {
  /** Blocks until a body is there. */
  interface Waiting extends Runnable {
    /** The body is awaited no longer; called on another thread, perhaps late. Never blocks. */
    void end();

    /** Ends when its time is over; called on another thread about once a second. Never blocks. */
    void look(long now);
  }

  private static final int MAX = 512;

  /** No client takes all. */
  private static final int MAX_OF_CLIENT = MAX / 4;

  private static final long SPARE_SECONDS = 10;

  /** How many of the container's threads may read: all that can run at once. */
  private static final int HERE = Math.max(2, Runtime.getRuntime().availableProcessors());

  private final ClientLimit share = new ClientLimit(MAX_OF_CLIENT);
  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
  private final Semaphore here;
  private final Executor answers;
  private Executor threads;
  private Future<?> looking;
  private volatile boolean ended;

  /** For the container's proxy. */
  protected BodyThreads() {
    here = null;
    answers = null;
  }

  @Inject
  public BodyThreads(Agent agent, Answers answers) {
    here = new Semaphore(HERE);
    this.answers = answers::execute;
    endWith(agent.ending());
  }

  /** Answers on the thread that finds that a body does not come. */
  BodyThreads(int here, Executor threads, CompletionStage<?> ending) {
    this(here, threads, Runnable::run, ending);
  }

  /**
   * On threads of the caller's.
   *
   * @param here how many of the container's threads may read
   * @param answers sends what may block on a client's socket
   */
  public BodyThreads(int here, Executor threads, Executor answers, CompletionStage<?> ending) {
    this.here = new Semaphore(here);
    this.threads = threads;
    this.answers = answers;
    endWith(ending);
  }

  @Resource(lookup = "java:module/concurrent/bodies")
  void setFactory(ManagedThreadFactory factory) {
    threads =
        new ThreadPoolExecutor(
            0, MAX, SPARE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
  }

  @Resource(lookup = "java:module/concurrent/waits")
  void setTimers(ManagedScheduledExecutorService timers) {
    looking = timers.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
  }

  private void endWith(CompletionStage<?> ending) {
    ending.whenComplete(
        (nothing, problem) -> {
          ended = true;
          tell(Waiting::end);
        });
  }

  /**
   * Ends those whose time is over: a body that comes in small pieces never meets the container's
   * own limit, which is for each piece.
   */
  void look() {
    long now = System.nanoTime();
    tell(reader -> reader.look(now));
  }

  private void tell(Consumer<Waiting> word) {
    for (Waiting reader : waiting) {
      try {
        word.accept(reader);
      } catch (RuntimeException | Error e) { // the others are to be told, and again
        RequestLog.unexpected("COM4032: one who waits for a body could not be told: " + e, e);
      }
    }
  }

  /** Whether the agent is stopping. */
  boolean isEnded() {
    return ended;
  }

  /** Whether this thread of the container may read a body; if so, {@link #hasReadHere} follows. */
  boolean mayReadHere() {
    return !ended && here.tryAcquire();
  }

  void hasReadHere() {
    here.release();
  }

  /**
   * Runs it soon; ends it at once when the agent is stopping.
   *
   * @param client its address
   * @throws RejectedExecutionException when as many as may be wait already, or of this client, or
   *     when the system gives no thread
   */
  void await(Waiting reader, String client) {
    if (ended) {
      reader.end();
      return;
    }
    if (!share.enter(client)) {
      throw new RejectedExecutionException("too many of " + client);
    }
    waiting.add(reader);
    try {
      threads.execute(
          () -> {
            try {
              reader.run();
            } finally {
              forget(reader, client);
            }
          });
    } catch (RuntimeException | Error none) { // full, or the system gives no thread
      forget(reader, client);
      throw new RejectedExecutionException(none);
    }
    if (ended) { // looked at after it was added: the one or the other tells it
      reader.end();
    }
  }

  /** Runs what may block on a client's socket, on another thread if there is one. */
  void answer(Runnable send) {
    try {
      answers.execute(send);
    } catch (RuntimeException | Error none) { // nobody else would end the request
      send.run();
    }
  }

  private void forget(Waiting reader, String client) {
    if (waiting.remove(reader)) {
      share.leave(client);
    }
  }

  /** The application ends. */
  @PreDestroy
  void end() {
    if (looking != null) {
      looking.cancel(false);
    }
    if (threads instanceof ExecutorService service) {
      service.shutdownNow();
    }
  }
}
