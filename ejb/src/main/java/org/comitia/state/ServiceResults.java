package org.comitia.state;

import java.lang.ref.SoftReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The last answers about the instances of services: what load balancers ask for again and again
 * while nothing changes. An answer stands as long as its service's own index, which moves whenever
 * what it shows changes; whoever asks alike meanwhile gets the same object, so that what is made of
 * it need be made once. Safe for any thread.
 */
final class ServiceResults {
  private static final int SLOTS = 64;

  private record Entry(Query<?> query, QueryResult result) {}

  /** Let go before memory runs out: a service may have many instances. */
  private final AtomicReferenceArray<SoftReference<Entry>> slots =
      new AtomicReferenceArray<>(SLOTS);

  /** The same as {@link Queries#evaluate}. */
  <R extends QueryResult> R evaluate(Query<R> query, StateVersion version) {
    String service = service(query);
    long index = service == null ? 0 : version.indexOf(Indexes.ofService(service));
    if (index == 0) { // another question, or no such service: its index is of something else
      return Queries.evaluate(query, version);
    }
    int slot = Math.floorMod(query.hashCode(), SLOTS);
    SoftReference<Entry> reference = slots.get(slot);
    Entry last = reference == null ? null : reference.get();
    if (last == null || last.result.index() != index || !last.query.equals(query)) {
      last = new Entry(query, Queries.evaluate(query, version));
      slots.set(slot, new SoftReference<>(last));
    }
    return query.result().cast(last.result);
  }

  private static String service(Query<?> query) {
    if (query instanceof Query.ServiceHealth health) {
      return health.service();
    }
    return query instanceof Query.ServiceInstances instances ? instances.service() : null;
  }
}
