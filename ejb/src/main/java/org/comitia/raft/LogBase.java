package org.comitia.raft;

import java.util.Objects;

/**
 * Where a log begins (paper §7): the entries up to {@code index} are gone, what they did is in the
 * saved tables.
 *
 * @param index the last entry that is gone; 0 when the log has all that were ever written
 * @param term that entry's term
 * @param configuration in force at {@code index}, committed
 * @param configurationIndex the entry that brought it
 */
public record LogBase(long index, long term, Configuration configuration, long configurationIndex) {
  /** The base of a log that has everything. */
  public static final LogBase NONE = new LogBase(0, 0, Configuration.EMPTY, 0);

  public LogBase {
    Objects.requireNonNull(configuration, "configuration");
    if (index < 0 || term < 0 || configurationIndex < 0 || configurationIndex > index) {
      throw new IllegalArgumentException(
          "a log cannot begin behind entry "
              + index
              + " of term "
              + term
              + " with the configuration of entry "
              + configurationIndex);
    }
  }
}
