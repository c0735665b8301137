package org.comitia.state;

/**
 * How large the state may grow, so that a server says no before its memory ends: by the leader,
 * before a command is proposed. What makes the state no larger stays allowed, and so is what a
 * deletion leaves behind. Pure; safe for any thread.
 */
public final class StateLimit {
  /**
   * Registrations, those by a transaction too, and coordinates may use this much more, in parts of
   * the limit: that a node is down must be said in a full cluster, too.
   */
  private static final int RESERVE = 16;

  /** No command that is no registration or transaction makes the state larger by more than this. */
  private static final int FEW = 16;

  /** The most that checks repeat of their service's tags. */
  private static final long MANY =
      2L * CommandRules.MAX_CHECKS * CommandRules.MAX_TAGS_LENGTH + (8L << 20);

  private final long bytes;

  /**
   * @param bytes of {@link StateVersion#bytes()}
   */
  public StateLimit(long bytes) {
    this.bytes = bytes;
  }

  /** What the state may take. */
  public long bytes() {
    return bytes;
  }

  /** Whether this much is near the limit: four fifths of it. */
  public boolean isNear(long used) {
    return used >= bytes - bytes / 5;
  }

  /**
   * Why a command must not be proposed; null when there is room for it.
   *
   * @param encoded the command's encoded bytes
   * @param underWay bytes of the commands that were proposed and are not applied yet
   */
  public String refusal(Command command, int encoded, StateVersion version, long underWay) {
    long limit = (isReserved(command) ? bytes + bytes / RESERVE : bytes) - underWay;
    if (isDeletion(command) || version.bytes() + most(command, encoded) <= limit) {
      return null;
    }
    long after = StateMachine.sizeAfter(version, command);
    return after <= limit || after <= version.bytes() ? null : full(version.bytes());
  }

  /** What stays allowed when a disk is nearly full: it makes the state smaller, or tells health. */
  public static boolean isNeededOnAFullDisk(Command command) {
    return isDeletion(command)
        || command instanceof Command.Register
        || command instanceof Command.Txn txn && isOfTheCatalogAlone(txn);
  }

  private static boolean isReserved(Command command) {
    return command instanceof Command.Register
        || command instanceof Command.CoordinateUpdate
        || command instanceof Command.AutopilotSet
        || command instanceof Command.Txn txn && isOfTheCatalogAlone(txn);
  }

  /** As the leader writes the members. */
  private static boolean isOfTheCatalogAlone(Command.Txn txn) {
    return txn.ops().stream().noneMatch(op -> op instanceof TxnOp.Kv);
  }

  /** Whether it only takes away. */
  public static boolean isDeletion(Command command) {
    return command instanceof Command.KvDelete
        || command instanceof Command.KvDeleteTree
        || command instanceof Command.ReapTombstones
        || command instanceof Command.Deregister
        || command instanceof Command.SessionDestroy
        || command instanceof Command.EndLockDelays
        || command instanceof Command.PreparedQueryDelete
        || command instanceof Command.AccessDelete
        || command instanceof Command.RestoreAbort; // until then no log is cut
  }

  private static long most(Command command, int encoded) {
    boolean many =
        command instanceof Command.Register
            || command instanceof Command.Txn
            || command instanceof Command.AccessSet; // links are short, and may be many
    return FEW * (long) encoded + (many ? MANY : 4_096);
  }

  private String full(long used) {
    return "COM3013: the state takes "
        + text(used)
        + " of the "
        + text(bytes)
        + " that it may take (comitia.state-limit), so nothing that makes it larger is accepted:"
        + " delete what is not needed, or give the servers more memory";
  }

  /** With one decimal; no format, whose digits are the locale's. */
  public static String text(long bytes) {
    boolean large = bytes >= 1 << 20;
    long tenths = (large ? bytes >> 10 : bytes) * 10 / 1024;
    return tenths / 10 + "." + tenths % 10 + (large ? " MiB" : " KiB");
  }
}
