package org.comitia.storage;

/** A row whose checksum or content is wrong. Never leaves this package: see StoreException. */
final class DamagedRowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean damage;

  DamagedRowException(String message) {
    this(message, true);
  }

  private DamagedRowException(String message, boolean damage) {
    super(message);
    this.damage = damage;
  }

  /** What is stored is whole, and not for this version. */
  static DamagedRowException ofAnotherVersion(String message) {
    return new DamagedRowException(message, false);
  }

  boolean isDamage() {
    return damage;
  }
}
