package org.comitia.storage;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * CRC-32C over a row: its table's name, then every column in a fixed order. Each value goes in with
 * its length (or a mark for null), so that no two different rows feed the same bytes. One instance
 * for one row.
 */
final class RowChecksum {
  private final CRC32C crc = new CRC32C();
  private final byte[] number = new byte[9];

  RowChecksum(String table) {
    add(table);
  }

  RowChecksum add(long value) {
    number[0] = 'n';
    for (int i = 0; i < 8; i++) {
      number[i + 1] = (byte) (value >>> (56 - 8 * i));
    }
    crc.update(number, 0, 9);
    return this;
  }

  RowChecksum add(String value) {
    if (value == null) {
      crc.update(0);
      return this;
    }
    return add(value.getBytes(StandardCharsets.UTF_8));
  }

  RowChecksum add(byte[] value) {
    if (value == null) {
      crc.update(0);
      return this;
    }
    add(value.length);
    crc.update(value, 0, value.length);
    return this;
  }

  RowChecksum add(boolean value) {
    return add(value ? 1 : 0);
  }

  /** The checksum as an unsigned 32-bit number, the way the column holds it. */
  long value() {
    return crc.getValue();
  }
}
