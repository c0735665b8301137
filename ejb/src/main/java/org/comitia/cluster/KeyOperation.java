package org.comitia.cluster;

import java.util.Arrays;
import java.util.Optional;

/** What can be done with the keys that all agents share. The numbers are those of the frames. */
public enum KeyOperation {
  /** Tells which keys are there. */
  LIST(1, "list-keys"),
  /** Takes a key from others. */
  INSTALL(2, "install-key"),
  /** Shows a key to others. */
  USE(3, "use-key"),
  /** Takes a key from nobody any more. */
  REMOVE(4, "remove-key");

  private final int code;
  private final String query;

  KeyOperation(int code, String query) {
    this.code = code;
    this.query = query;
  }

  public int code() {
    return code;
  }

  /** As Serf names it in its log. */
  public String query() {
    return query;
  }

  /** Empty for a newer version's. */
  public static Optional<KeyOperation> of(int code) {
    return Arrays.stream(values()).filter(one -> one.code == code).findFirst();
  }
}
