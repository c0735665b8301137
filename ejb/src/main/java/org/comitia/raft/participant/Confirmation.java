package org.comitia.raft.participant;

import java.nio.ByteBuffer;

/**
 * What a server knows of its own state's being the cluster's, so that a restart can know it again:
 * that state is the same if behind the same entry it has the same digest. The record {@code
 * confirmed}: one octet, 1, then each part as eight octets.
 *
 * @param index the entry behind which the state was looked at; 0 for none
 * @param digest of the state there
 * @param confirmedAt the entry by which it was last found to be the cluster's
 */
public record Confirmation(long index, long digest, long confirmedAt) {
  /** Nothing is known. */
  public static final Confirmation NONE = new Confirmation(0, 0, 0);

  private static final byte FORMAT = 1;
  private static final int LENGTH = 1 + 3 * Long.BYTES;

  /** The record's bytes. */
  public byte[] encode() {
    return ByteBuffer.allocate(LENGTH)
        .put(FORMAT)
        .putLong(index)
        .putLong(digest)
        .putLong(confirmedAt)
        .array();
  }

  /**
   * What the record says; {@link #NONE} of one that another version wrote: it can do without.
   *
   * @param record null when there is none
   */
  static Confirmation decode(byte[] record) {
    if (record == null || record.length != LENGTH || record[0] != FORMAT) {
      return NONE;
    }
    ByteBuffer parts = ByteBuffer.wrap(record, 1, 3 * Long.BYTES);
    return new Confirmation(parts.getLong(), parts.getLong(), parts.getLong());
  }
}
