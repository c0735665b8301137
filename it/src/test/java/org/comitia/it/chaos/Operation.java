package org.comitia.it.chaos;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.util.Map;
import java.util.TreeMap;

/**
 * One operation of one client, as the client saw it.
 *
 * @param object what it was on: operations on different objects do not touch each other
 * @param kind what it asked for
 * @param client who asked, and which server
 * @param expected what must have been there for it to succeed, by key; "" stands for nothing
 * @param seen what it was answered, by key
 * @param written what it wrote, by key
 * @param outcome what became of it
 * @param invoked when it was sent, in nanoseconds of the monotonic clock
 * @param responded when the answer was there; {@link #NEVER} when the outcome is unknown: it may
 *     take effect at any time after it was sent, or not at all
 */
record Operation(
    String object,
    Kind kind,
    String client,
    Map<String, String> expected,
    Map<String, String> seen,
    Map<String, String> written,
    Outcome outcome,
    long invoked,
    long responded) {
  /** The response of an operation that nobody answered. */
  static final long NEVER = Long.MAX_VALUE;

  /** What an operation asks for. */
  enum Kind {
    /**
     * Reads, compares and writes keys at one moment; with one key, a read, a write or a
     * compare-and-set.
     */
    KEYS,
    /** Takes a lock for a session. */
    ACQUIRE,
    /** Gives a lock back. */
    RELEASE,
    /** Who holds a lock, and how often it was taken. */
    HOLDER,
    /** A session's end, after which it holds nothing. */
    EXPIRY
  }

  /** What became of an operation. */
  enum Outcome {
    /** It was done. */
    DONE,
    /** It was looked at and found not to apply: the comparison failed, the lock was another's. */
    DECLINED,
    /** Nobody knows. */
    UNKNOWN
  }

  Operation {
    expected = Map.copyOf(expected);
    seen = Map.copyOf(seen);
    written = Map.copyOf(written);
    if ((outcome == Outcome.UNKNOWN) != (responded == NEVER)) {
      throw new IllegalArgumentException("only an unknown outcome has no response: " + outcome);
    }
  }

  boolean known() {
    return outcome != Outcome.UNKNOWN;
  }

  /** One line of a history file; times in nanoseconds after {@code origin}. */
  String line(long origin) {
    JsonObjectBuilder line =
        Json.createObjectBuilder()
            .add("object", object)
            .add("kind", kind.name())
            .add("client", client)
            .add("outcome", outcome.name())
            .add("invoked", invoked - origin);
    if (known()) {
      line.add("responded", responded - origin);
    }
    add(line, "expected", expected);
    add(line, "seen", seen);
    add(line, "written", written);
    return line.build().toString();
  }

  private static void add(JsonObjectBuilder line, String name, Map<String, String> values) {
    if (!values.isEmpty()) {
      line.add(name, Json.createObjectBuilder(Map.copyOf(new TreeMap<>(values))));
    }
  }

  @Override
  public String toString() {
    return line(0);
  }
}
