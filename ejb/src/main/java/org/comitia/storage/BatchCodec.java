package org.comitia.storage;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.Entry;

/**
 * Entries of one row of the log: for each, in order, the term and the length of its data as
 * variable-length numbers (seven bits a byte, lowest first), a byte for the kind, the data. Indexes
 * follow from the row's first index.
 */
final class BatchCodec {
  private BatchCodec() {}

  static byte[] encode(List<Entry> entries) {
    int size = 0;
    for (Entry entry : entries) {
      size += varintSize(entry.term()) + 1 + varintSize(entry.data().length) + entry.data().length;
    }
    byte[] out = new byte[size];
    int at = 0;
    for (Entry entry : entries) {
      at = putVarint(out, at, entry.term());
      out[at++] = (byte) entry.kind().code();
      byte[] data = entry.data();
      at = putVarint(out, at, data.length);
      System.arraycopy(data, 0, out, at, data.length);
      at += data.length;
    }
    return out;
  }

  /**
   * @throws DamagedRowException when the bytes are not exactly {@code count} entries
   */
  static List<Entry> decode(long firstIndex, long count, byte[] bytes) {
    if (count < 1 || count > bytes.length) {
      throw new DamagedRowException(count + " entries do not fit into " + bytes.length + " bytes");
    }
    try {
      Cursor in = new Cursor(bytes);
      List<Entry> entries = new ArrayList<>((int) count);
      for (long i = 0; i < count; i++) {
        long term = in.varint();
        Entry.Kind kind = Entry.Kind.of(bytes[in.at++]);
        entries.add(new Entry(firstIndex + i, term, kind, in.bytes(in.varint())));
      }
      if (in.at != bytes.length) {
        throw new DamagedRowException("bytes are left over behind the last entry");
      }
      return entries;
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new DamagedRowException("not a list of entries: " + e.getMessage());
    }
  }

  private static final class Cursor {
    private final byte[] bytes;
    private int at;

    Cursor(byte[] bytes) {
      this.bytes = bytes;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        byte b = bytes[at++];
        value |= (long) (b & 0x7f) << shift;
        if (b >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("number too long");
    }

    byte[] bytes(long length) {
      if (length < 0 || length > bytes.length - at) {
        throw new IllegalArgumentException("length " + length + " leaves the row");
      }
      byte[] out = new byte[(int) length];
      System.arraycopy(bytes, at, out, 0, out.length);
      at += out.length;
      return out;
    }
  }

  private static int varintSize(long value) {
    return Math.max(1, (64 - Long.numberOfLeadingZeros(value) + 6) / 7);
  }

  private static int putVarint(byte[] out, int at, long value) {
    long rest = value;
    int position = at;
    while ((rest & ~0x7fL) != 0) {
      out[position++] = (byte) (rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out[position++] = (byte) rest;
    return position;
  }
}
