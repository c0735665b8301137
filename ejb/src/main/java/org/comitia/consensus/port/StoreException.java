package org.comitia.consensus.port;

/**
 * A write, sync or read of the store failed, or a row's checksum did not match. Final for this
 * opening of the store: the node steps down and stays alive until the store is reopened and
 * verified (design §3).
 */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1L;

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  public StoreException(String message) {
    super(message);
  }
}
