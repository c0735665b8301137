package org.comitia.raft.participant;

import java.nio.ByteBuffer;

/**
 * The record {@code left}: this server was removed at its own wish and waits to be joined. One
 * octet, 1, then the index of the removal as eight octets; builds before this one wrote the octet
 * alone.
 */
final class LeftRecord {
  private static final byte FORMAT = 1;

  private LeftRecord() {}

  static byte[] encode(long removedAt) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(FORMAT).putLong(removedAt).array();
  }

  /**
   * The index of the removal; 0 when the record does not say.
   *
   * @throws IllegalArgumentException when the bytes are of another format
   */
  static long removedAt(byte[] record) {
    if (record.length == 1 && record[0] == FORMAT) {
      return 0;
    }
    if (record.length != 1 + Long.BYTES || record[0] != FORMAT) {
      throw new IllegalArgumentException(
          "the record \"left\" has a format that this version does not know");
    }
    return ByteBuffer.wrap(record, 1, Long.BYTES).getLong();
  }
}
