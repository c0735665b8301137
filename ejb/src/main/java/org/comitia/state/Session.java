package org.comitia.state;

import java.util.List;

/**
 * A session: what holds locks, as {@code /v1/session/info} shows it. It ends with its node, with
 * one of its checks, when its TTL passes, or when it is destroyed.
 *
 * @param id a UUID that the proposer has drawn
 * @param lockDelayNanos how long its locks cannot be taken after it was invalidated; 0 for not at
 *     all, at most 60 s
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

  /** What becomes of the keys that a session holds when it ends. */
  public enum Behavior {
    /** They lose their holder. */
    RELEASE,
    /** They are deleted. */
    DELETE
  }
}
