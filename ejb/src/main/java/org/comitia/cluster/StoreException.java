package org.comitia.cluster;

/**
 * A write, sync or read of the store failed, or a row's checksum did not match. Final for this
 * opening of the store: the node steps down and stays alive until the store is reopened and
 * verified (design §3).
 */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean damage;

  public StoreException(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * @param damage whether what is stored is wrong (a checksum, a gap, another store): trying again
   *     does not help. Else it cannot be used now: the disk is full, the file cannot be opened,
   *     somebody holds it
   */
  public StoreException(String message, Throwable cause, boolean damage) {
    super(message, cause);
    this.damage = damage;
  }

  public StoreException(String message) {
    this(message, null, false);
  }

  /** Whether what is stored is wrong, so that trying again does not help. */
  public boolean isDamage() {
    return damage;
  }
}
