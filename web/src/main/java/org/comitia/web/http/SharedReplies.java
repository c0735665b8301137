package org.comitia.web.http;

import java.lang.ref.SoftReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.comitia.state.QueryResult;

/**
 * The last answers, for the many requests that one change wakes, and for those about a service that
 * does not change: who asks alike gets one result from the engine, and what is made of it need be
 * made once. Safe for any thread.
 */
final class SharedReplies {
  private static final int SLOTS = 64;

  /** What decides how a result is shown; the result itself counts as the object that it is. */
  private record Key(
      QueryResult result, Endpoint endpoint, QueryString query, boolean indented, boolean gzip) {
    boolean matches(Key other) {
      return result == other.result
          && endpoint == other.endpoint
          && indented == other.indented
          && gzip == other.gzip
          && query.equals(other.query);
    }

    int slot() {
      return Math.floorMod(System.identityHashCode(result), SLOTS);
    }
  }

  private record Entry(Key key, Reply reply) {}

  /** Let go before memory runs out: an answer may be large. */
  private final AtomicReferenceArray<SoftReference<Entry>> slots =
      new AtomicReferenceArray<>(SLOTS);

  /** A reply of the caller's own, made now or for a request just like it. */
  Reply of(Call call, QueryResult result, Supplier<Reply> make) {
    if (!call.query().get("near").isEmpty()) {
      return make.get(); // sorted by what is no part of the result
    }
    Key key = new Key(result, call.endpoint(), call.query(), call.pretty(), call.wishes().gzip());
    SoftReference<Entry> slot = slots.get(key.slot());
    Entry last = slot == null ? null : slot.get();
    if (last == null || !last.key.matches(key)) {
      last = new Entry(key, make.get());
      slots.set(key.slot(), new SoftReference<>(last));
    }
    return last.reply.copy();
  }
}
