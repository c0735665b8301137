package org.comitia.cluster;

/**
 * How a server of the Raft configuration is, as the leader sees it.
 *
 * @param id its node id
 * @param serf what membership says of it; null when it knows no such member. Shown only
 * @param build the version that it runs, as membership says; empty when it is not known
 * @param lastContactNanos since it last answered the leader; 0 of the leader
 * @param lastTerm the term of the entry at {@code lastIndex}; 0 when it is not known
 * @param lastIndex up to where its log is on its disk
 * @param stableSinceMillis since when it is as healthy as it is now, for this leader; milliseconds
 *     of the wall clock
 */
public record ServerHealth(
    String id,
    String name,
    String address,
    Member.Status serf,
    String build,
    boolean leader,
    boolean voter,
    long lastContactNanos,
    long lastTerm,
    long lastIndex,
    boolean healthy,
    long stableSinceMillis) {}
