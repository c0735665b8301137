package org.comitia.raft;

import java.util.Arrays;
import java.util.Objects;

/**
 * One entry of the replicated log (paper §5.3).
 *
 * @param index position, from 1 on
 * @param term the leader's term that made it
 * @param data the command; a serialized {@link Configuration} for {@link Kind#CONFIGURATION}; empty
 *     for a no-op. Not copied: nobody changes it after it was handed in.
 */
public record Entry(long index, long term, Kind kind, byte[] data) {
  /** What an entry counts for besides its data, in bytes: about what it costs in memory. */
  static final int OVERHEAD = 64;

  /** What an entry carries; the numbers are durable and travel on the wire. */
  public enum Kind {
    NOOP(0),
    CONFIGURATION(1),
    COMMAND(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }

    public static Kind of(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IllegalArgumentException(
          "unknown entry kind " + code + ", which a newer version may have written");
    }
  }

  public Entry {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(data, "data");
  }

  /** What this entry is counted as against byte limits: its data and a fixed overhead. */
  public int size() {
    return data.length + OVERHEAD;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Entry e
        && e.index == index
        && e.term == term
        && e.kind == kind
        && Arrays.equals(e.data, data);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(index * 31 + term);
  }

  @Override
  public String toString() {
    return index + "@" + term + " " + kind + "(" + data.length + " B)";
  }
}
