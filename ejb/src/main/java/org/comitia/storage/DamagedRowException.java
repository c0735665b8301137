package org.comitia.storage;

/** A row whose checksum or content is wrong. Never leaves this package: see StoreException. */
final class DamagedRowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedRowException(String message) {
    super(message);
  }
}
