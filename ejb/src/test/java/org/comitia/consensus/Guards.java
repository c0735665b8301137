package org.comitia.consensus;

import org.comitia.state.StateVersion;

/** Guards for tests. */
final class Guards {
  /** Asks nobody for anything. */
  static final Guard OFF = new Guard(AclOptions.OFF, "dc1", () -> StateVersion.EMPTY, () -> 0);

  private Guards() {}
}
