package org.comitia.raft.participant;

import java.nio.ByteBuffer;

/**
 * The record {@code diverged}: this server's state was found to be another one than the cluster's,
 * and no snapshot has replaced it yet. One octet, 1, then the index of the entry by which it was
 * found as eight octets.
 */
final class DivergedRecord {
  private static final byte FORMAT = 1;

  private DivergedRecord() {}

  static byte[] encode(long index) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(FORMAT).putLong(index).array();
  }

  /**
   * The entry's index.
   *
   * @throws IllegalArgumentException when the bytes are of another format
   */
  static long index(byte[] record) {
    if (record.length != 1 + Long.BYTES || record[0] != FORMAT) {
      throw new IllegalArgumentException(
          "the record \"diverged\" has a format that this version does not know");
    }
    return ByteBuffer.wrap(record, 1, Long.BYTES).getLong();
  }
}
