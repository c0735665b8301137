package org.comitia.web.http;

import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.concurrent.ManagedThreadFactoryDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.comitia.agent.Agent;

/**
 * Threads that wait for bodies, apart from the container's: its pool grows too slowly to lend some
 * to clients that send nothing. As many as wait, and bounded: more than one client may have under
 * way. Before a stop all that wait are told, since the container waits for their answers. Safe for
 * any thread.
 */
@ApplicationScoped
@ManagedThreadFactoryDefinition(
    name = "java:module/concurrent/bodies",
    context = "java:module/concurrent/bare")
public class BodyThreads {
  /** Blocks until a body is there. */
  interface Waiting extends Runnable {
    /** The body is awaited no longer; called on another thread, perhaps late. */
    void end();
  }

  private static final int MAX = 256;
  private static final long SPARE_SECONDS = 10;

  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
  private Executor threads;
  private volatile boolean ended;

  /** For the container's proxy. */
  protected BodyThreads() {}

  @Inject
  public BodyThreads(Agent agent) {
    endWith(agent.ending());
  }

  /** On threads of the caller's. */
  BodyThreads(Executor threads, CompletionStage<?> ending) {
    this.threads = threads;
    endWith(ending);
  }

  @Resource(lookup = "java:module/concurrent/bodies")
  void setFactory(ManagedThreadFactory factory) {
    threads =
        new ThreadPoolExecutor(
            0, MAX, SPARE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
  }

  private void endWith(CompletionStage<?> ending) {
    ending.whenComplete(
        (nothing, problem) -> {
          ended = true;
          waiting.forEach(Waiting::end);
        });
  }

  /**
   * Runs it soon.
   *
   * @throws RejectedExecutionException when as many as may be wait already, and at the end
   */
  void await(Waiting reader) {
    waiting.add(reader);
    try {
      threads.execute(
          () -> {
            try {
              reader.run();
            } finally {
              waiting.remove(reader);
            }
          });
    } catch (RejectedExecutionException tooMany) {
      waiting.remove(reader);
      throw tooMany;
    }
    if (ended) { // looked at after it was added: the one or the other tells it
      reader.end();
    }
  }

  /** The application ends. */
  @PreDestroy
  void end() {
    if (threads instanceof ExecutorService service) {
      service.shutdownNow();
    }
  }
}
