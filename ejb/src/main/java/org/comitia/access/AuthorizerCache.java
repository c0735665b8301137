package org.comitia.access;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The authorizers of tokens, made once: as long as nothing changes that a token's rules come from,
 * it has the same object, whatever else changes in the table. Safe for any thread. It holds fewer
 * than twice as many as the table has tokens, or {@value #FEW}.
 */
public final class AuthorizerCache {
  private static final int FEW = 1_000;

  /**
   * @param table for which it is known that nothing has changed
   * @param sources the objects that it was made of
   */
  private record Made(AccessTable table, List<AccessObject> sources, Authorizer authorizer) {}

  private final String datacenter;
  private final Access defaultPolicy;

  /** By accessor. */
  private final ConcurrentHashMap<String, Made> made = new ConcurrentHashMap<>();

  private volatile int sweptAt = FEW;

  public AuthorizerCache(String datacenter, Access defaultPolicy) {
    this.datacenter = datacenter;
    this.defaultPolicy = defaultPolicy;
  }

  /**
   * @param token one of the table
   */
  public Authorizer of(AccessTable table, Token token) {
    Made last = made.get(token.id());
    if (last != null && last.table == table && last.sources.get(0) == token) {
      return last.authorizer;
    }
    List<AccessObject> sources = Authorizers.sources(table, token);
    Authorizer authorizer =
        last != null && isSame(last.sources, sources)
            ? last.authorizer
            : Authorizers.of(sources, datacenter, defaultPolicy);
    made.put(token.id(), new Made(table, sources, authorizer));
    if (made.size() > sweptAt) {
      sweep(table);
    }
    return authorizer;
  }

  /** The very same objects: an equal one may have other indexes, and is rare. */
  private static boolean isSame(List<AccessObject> one, List<AccessObject> other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (one.get(i) != other.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** Forgets tokens that are gone; rarely, since each takes a look at all. */
  private void sweep(AccessTable table) {
    made.keySet().removeIf(accessor -> table.token(accessor) == null);
    sweptAt = Math.max(FEW, 2 * made.size());
  }

  /** How many it holds. */
  int size() {
    return made.size();
  }
}
