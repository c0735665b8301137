package org.comitia.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.comitia.raft.Entry;

/** Registers, the index that they are at, and a digest of all that led there. */
final class StateMachine {
  static final int KEYS = 4;

  long index;
  long term;
  long digest;
  final long[] registers = new long[KEYS];

  static byte[] command(int key, long value) {
    return ByteBuffer.allocate(9).put((byte) key).putLong(value).array();
  }

  void apply(Entry entry) {
    if (entry.index() != index + 1) {
      throw new Violation("applied in order", entry + " applied after index " + index);
    }
    index = entry.index();
    term = entry.term();
    digest = digest(digest, entry);
    if (entry.kind() == Entry.Kind.COMMAND) {
      ByteBuffer data = ByteBuffer.wrap(entry.data());
      registers[data.get()] = data.getLong();
    }
  }

  static long digest(long before, Entry entry) {
    long h = before * 0x9E3779B97F4A7C15L + entry.term();
    h = (h ^ (h >>> 29)) * 0xBF58476D1CE4E5B9L + entry.kind().code();
    h ^= Arrays.hashCode(entry.data());
    return (h ^ (h >>> 32)) * 0x94D049BB133111EBL;
  }

  StateMachine copy() {
    StateMachine copy = new StateMachine();
    copy.index = index;
    copy.term = term;
    copy.digest = digest;
    System.arraycopy(registers, 0, copy.registers, 0, KEYS);
    return copy;
  }
}
