package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A deleted key and the index that deleted it. */
@Entity(name = "TombstoneRow")
@Table(name = TombstoneRow.TABLE)
final class TombstoneRow implements Row {
  static final String TABLE = "tombstones";

  @Id
  @Column(name = "key")
  private String key;

  @Column(name = "delete_index")
  private long deleteIndex;

  @Column(name = "checksum")
  private long checksum;

  private TombstoneRow() {}

  TombstoneRow(String key, long deleteIndex) {
    this.key = StoredText.escape(key);
    this.deleteIndex = deleteIndex;
    checksum = expectedChecksum();
  }

  String key() {
    return StoredText.unescape(key);
  }

  long deleteIndex() {
    return deleteIndex;
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(key).add(deleteIndex).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
