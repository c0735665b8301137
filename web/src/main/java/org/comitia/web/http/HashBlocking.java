package org.comitia.web.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Blocking on what is shown instead of on an index ({@code ?hash=&wait=}): for what belongs to this
 * agent alone and has no index. A waiting request holds no thread; how many may wait is bounded.
 * Safe for any thread.
 */
public final class HashBlocking {
  static final int MAX_WAITING = 10_000;

  /** The header that carries the hash, on every answer that has one. */
  private static final String HEADER = "X-Consul-ContentHash";

  private static final int HASH_BYTES = 8;

  /** What is shown at one moment. */
  public interface Content {
    /** What the hash is made from; null for an answer that has none and never waits. */
    byte[] hashed();

    /**
     * @param hash of {@link #hashed()}; null when that is null
     */
    Reply reply(String hash);
  }

  private final Supplier<? extends CompletionStage<?>> changed;
  private final Function<Call, Duration> waits;
  private final Executor executor;
  private final ScheduledExecutorService timers;
  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean listening = new AtomicBoolean();
  private volatile boolean ended;

  /**
   * @param changed gives a stage that completes at the next change of anything shown here
   * @param ending completes when nobody is to wait any more: who waits is answered with what is
   *     shown then
   * @param waits how long a request waits at most
   */
  HashBlocking(
      Supplier<? extends CompletionStage<?>> changed,
      CompletionStage<?> ending,
      Function<Call, Duration> waits,
      Executor executor,
      ScheduledExecutorService timers) {
    this.changed = changed;
    this.waits = waits;
    this.executor = executor;
    this.timers = timers;
    ending.whenComplete(
        (nothing, problem) -> {
          ended = true;
          waiting.forEach(Waiting::wake);
        });
  }

  /**
   * Answers at once, or, when the request has the hash of what is shown now, at its change or at
   * the end of its wait.
   *
   * @throws Refusal 400 for a bad {@code wait}, 429 when too many wait
   */
  public CompletionStage<Reply> answer(Call call, Supplier<Content> content) {
    return answer(call, waits.apply(call), content);
  }

  private CompletionStage<Reply> answer(Call call, Duration wait, Supplier<Content> content) {
    String known = call.query().get("hash");
    if (known.isEmpty()) {
      return CompletableFuture.completedFuture(reply(content.get()));
    }
    Waiting request = new Waiting(call, known, System.nanoTime() + wait.toNanos(), content);
    request.look();
    return request.reply;
  }

  private static Reply reply(Content content) {
    String hash = hash(content.hashed());
    Reply reply = content.reply(hash);
    return hash == null ? reply : reply.header(HEADER, hash);
  }

  private static String hash(byte[] content) {
    if (content == null) {
      return null;
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One dependent of the source at a time, however many wait and however often. */
  private void listen() {
    if (listening.compareAndSet(false, true)) {
      changed
          .get()
          .whenComplete(
              (nothing, problem) -> {
                listening.set(false);
                for (Waiting request : waiting) {
                  request.wake();
                }
              });
    }
  }

  private final class Waiting {
    private final Call call;
    private final String known;
    private final long until;
    private final Supplier<Content> content;
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();
    private volatile Future<?> timer;

    Waiting(Call call, String known, long until, Supplier<Content> content) {
      this.call = call;
      this.known = known;
      this.until = until;
      this.content = content;
    }

    /** Waits first and looks afterwards, so that no change slips through in between. */
    void look() {
      if (waiting.size() >= MAX_WAITING) {
        throw new Refusal(
            429, "COM4020: too many requests wait for a change of this agent's services");
      }
      waiting.add(this);
      listen();
      long left = until - System.nanoTime();
      Content now = content.get();
      if (ended || left <= 0 || !known.equals(hash(now.hashed()))) {
        if (waiting.remove(this)) {
          reply.complete(HashBlocking.reply(now));
        }
        return;
      }
      try {
        timer = timers.schedule(this::wake, left, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException | IllegalStateException stopping) {
        // Nobody would end the wait.
        if (waiting.remove(this)) {
          reply.complete(HashBlocking.reply(now));
        }
        return;
      }
      if (!waiting.contains(this)) {
        timer.cancel(false);
      }
    }

    void wake() {
      if (!waiting.remove(this)) {
        return;
      }
      Future<?> set = timer;
      if (set != null) {
        set.cancel(false);
      }
      executor.execute(
          () -> {
            try {
              look();
            } catch (Refusal refusal) {
              reply.complete(Outcomes.refused(call, refusal));
            } catch (RuntimeException | Error e) { // nobody else would answer it
              reply.complete(Outcomes.broken(call, e));
            }
          });
    }
  }
}
