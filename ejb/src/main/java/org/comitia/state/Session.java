package org.comitia.state;

import java.util.ArrayList;
import java.util.List;

/**
 * A session: what holds locks, as {@code /v1/session/info} shows it. It ends with its node, with
 * one of its checks, when its TTL passes, or when it is destroyed.
 *
 * @param id a UUID that the proposer has drawn
 * @param lockDelayNanos how long its locks cannot be taken after it was invalidated; 0 or less for
 *     not at all; beyond {@link #MAX_LOCK_DELAY_NANOS} it counts as that
 * @param ttl as it was given, e.g. {@code 15s}; empty for none
 * @param nodeChecks ids of checks of its node that must not be critical
 * @param serviceChecks ids of checks of services on its node that must not be critical
 */
public record Session(
    String id,
    String name,
    String node,
    long lockDelayNanos,
    Behavior behavior,
    String ttl,
    List<String> nodeChecks,
    List<String> serviceChecks,
    long createIndex,
    long modifyIndex) {
  /** Consul's limit, 60 s. */
  public static final long MAX_LOCK_DELAY_NANOS = 60_000_000_000L;

  /** What becomes of the keys that a session holds when it ends. */
  public enum Behavior {
    /** They lose their holder. */
    RELEASE,
    /** They are deleted. */
    DELETE
  }

  /** Where it is found in {@link StateVersion#sessions()}: the folded id. */
  public String key() {
    return Names.fold(id);
  }

  /** The checks that must not be critical: the node's, then the services'. */
  List<String> checks() {
    List<String> checks = new ArrayList<>(nodeChecks);
    checks.addAll(serviceChecks);
    return checks;
  }

  /** The same session, created at this index. */
  Session at(long index) {
    return at(index, index);
  }

  /** The same session with other indexes. */
  Session at(long create, long modify) {
    return new Session(
        id,
        name,
        node,
        lockDelayNanos,
        behavior,
        ttl,
        List.copyOf(nodeChecks),
        List.copyOf(serviceChecks),
        create,
        modify);
  }
}
