package org.comitia.state;

/**
 * A key whose lock cannot be taken for a while, since the session that held it was invalidated. The
 * state has no clock: the leader ends the delay ({@link Command.EndLockDelays}).
 *
 * @param delayNanos how long, at most {@link Session#MAX_LOCK_DELAY_NANOS}
 * @param since the index of the invalidation
 */
public record LockDelay(long delayNanos, long since) {}
