package org.comitia.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.comitia.access.AccessObject;

/**
 * A hash of 64 bits for each row, whose sum over all rows is {@link StateVersion#digest()}: the
 * same whatever the order in which they came, on every server and version of Java. Finds accidents,
 * not malice. Each step is a bijection of the hash and of what is added to it, so that two rows of
 * the same lengths that differ in eight bytes only never have the same. One thread.
 */
final class RowHash extends RowFields {
  private static final long ODD = 0x9E3779B97F4A7C15L; // 2^64 over the golden ratio

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long hash;

  /** The sum over all rows, counted anew. */
  static long of(Tables tables) {
    RowHash hash = new RowHash();
    long sum = 0;
    for (Node node : tables.nodes().values()) {
      sum += hash.of(node);
    }
    for (Service service : tables.services().values()) {
      sum += hash.of(service);
    }
    for (Check check : tables.checks().values()) {
      sum += hash.of(check);
    }
    for (KvEntry entry : tables.kv().values()) {
      sum += hash.of(entry);
    }
    for (var tombstone : tables.tombstones().entrySet()) {
      sum += hash.ofTombstone(tombstone.getKey(), tombstone.getValue());
    }
    for (var index : tables.indexes().entrySet()) {
      sum += hash.ofIndex(index.getKey(), index.getValue());
    }
    for (Session session : tables.sessions().values()) {
      sum += hash.of(session);
    }
    for (var delay : tables.lockDelays().entrySet()) {
      sum += hash.ofLockDelay(delay.getKey(), delay.getValue());
    }
    for (PreparedQuery query : tables.preparedQueries().values()) {
      sum += hash.of(query);
    }
    for (Coordinate coordinate : tables.coordinates().values()) {
      sum += hash.of(coordinate);
    }
    for (AutopilotConfig config : tables.autopilot().values()) {
      sum += hash.of(config);
    }
    for (AccessObject object : tables.access().values()) {
      sum += hash.of(object);
    }
    return sum;
  }

  // Each kind of row begins with a number of its own; null, no row, is 0.

  long of(Node node) {
    if (node == null) {
      return 0;
    }
    begin(1);
    node(node);
    return end();
  }

  long of(Service service) {
    if (service == null) {
      return 0;
    }
    begin(2);
    service(service);
    return end();
  }

  long of(Check check) {
    if (check == null) {
      return 0;
    }
    begin(3);
    check(check);
    return end();
  }

  long of(KvEntry entry) {
    if (entry == null) {
      return 0;
    }
    begin(4);
    entry(entry);
    return end();
  }

  /**
   * @param index null for none
   */
  long ofTombstone(String key, Long index) {
    return ofMark(5, key, index);
  }

  /**
   * @param value null for none
   */
  long ofIndex(String name, Long value) {
    return ofMark(6, name, value);
  }

  private long ofMark(long kind, String name, Long value) {
    if (value == null) {
      return 0;
    }
    begin(kind);
    mark(name, value);
    return end();
  }

  long of(Session session) {
    if (session == null) {
      return 0;
    }
    begin(7);
    session(session);
    return end();
  }

  long ofLockDelay(String key, LockDelay delay) {
    if (delay == null) {
      return 0;
    }
    begin(8);
    lockDelay(key, delay);
    return end();
  }

  long of(PreparedQuery query) {
    if (query == null) {
      return 0;
    }
    begin(9);
    preparedQuery(query);
    return end();
  }

  long of(Coordinate coordinate) {
    if (coordinate == null) {
      return 0;
    }
    begin(10);
    coordinate(coordinate);
    return end();
  }

  long of(AutopilotConfig config) {
    if (config == null) {
      return 0;
    }
    begin(11);
    autopilot(config);
    return end();
  }

  long of(AccessObject object) {
    if (object == null) {
      return 0;
    }
    begin(12);
    access(object);
    return end();
  }

  private void begin(long kind) {
    hash = kind;
  }

  /** Spreads each bit over all: else sums of similar rows could be alike. */
  private long end() {
    long h = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    h = (h ^ (h >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return h ^ (h >>> 33);
  }

  @Override
  void number(long number) {
    long h = (hash ^ number) * ODD;
    hash = h ^ (h >>> 32);
  }

  @Override
  void bytes(byte[] bytes) {
    number(bytes.length);
    int at = 0;
    for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
      number((long) LONGS.get(bytes, at));
    }
    if (at < bytes.length) {
      long rest = 0;
      for (; at < bytes.length; at++) {
        rest = rest << 8 | (bytes[at] & 0xFF);
      }
      number(rest);
    }
  }

  @Override
  void text(String text) {
    int length = text.length();
    number(length);
    int at = 0;
    for (; at + 4 <= length; at += 4) {
      number(
          (long) text.charAt(at) << 48
              | (long) text.charAt(at + 1) << 32
              | (long) text.charAt(at + 2) << 16
              | text.charAt(at + 3));
    }
    if (at < length) {
      long rest = 0;
      for (; at < length; at++) {
        rest = rest << 16 | text.charAt(at);
      }
      number(rest);
    }
  }

  /** Each key is one string: see {@link Keys}. */
  @Override
  void key(String key) {
    text(key);
  }
}
