package org.comitia.raft;

/**
 * The core's limits. Durations in nanoseconds.
 *
 * @param heartbeatNanos how often a leader is heard at least
 * @param electionNanos an election timeout is random in [this, 2 * this)
 * @param maxAppendBytes bound of one AppendRequest's entries (one entry may exceed it alone)
 * @param maxInflightBytes bound of what is sent to one follower and not yet answered
 * @param maxInflightMessages likewise, in messages
 * @param maxUncommittedBytes proposals beyond this are refused
 * @param maxUnsyncedBytes what may wait for this server's own disk; a follower beyond it takes no
 *     entries
 * @param cacheBytes committed and applied entries kept in memory for followers that lag
 * @param linkNanosPerByte what a byte needs on the slowest link that the servers may have between
 *     them: nothing is taken for lost before it can have arrived there
 * @param level the feature level that this server knows, which its answers tell
 *     (docs/design/upgrades.md)
 */
public record RaftOptions(
    long heartbeatNanos,
    long electionNanos,
    int maxAppendBytes,
    int maxInflightBytes,
    int maxInflightMessages,
    long maxUncommittedBytes,
    long maxUnsyncedBytes,
    long cacheBytes,
    long linkNanosPerByte,
    int level) {

  private static final long MILLI = 1_000_000L;

  /** A disk that needs longer than this for a write counts as one that needs this long. */
  long slowestSyncNanos() {
    return 8 * electionNanos;
  }

  /**
   * Design §2's timing, scaled as Consul's {@code performance.raft_multiplier}; of a server that
   * knows no feature level.
   */
  public static RaftOptions withMultiplier(int multiplier) {
    if (multiplier < 1 || multiplier > 10) {
      throw new IllegalArgumentException(
          "raft_multiplier cannot be " + multiplier + ". Must be between 1 and 10");
    }
    return new RaftOptions(
        100 * MILLI * multiplier,
        500 * MILLI * multiplier,
        1 << 20,
        8 << 20,
        64,
        32L << 20,
        32L << 20,
        8L << 20,
        MILLI / 1_000, // 1 MB/s
        0);
  }

  /** The same for a server that knows this feature level. */
  public RaftOptions withLevel(int known) {
    return new RaftOptions(
        heartbeatNanos,
        electionNanos,
        maxAppendBytes,
        maxInflightBytes,
        maxInflightMessages,
        maxUncommittedBytes,
        maxUnsyncedBytes,
        cacheBytes,
        linkNanosPerByte,
        known);
  }
}
