package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The index at which a table, or a floor, last changed. */
@Entity(name = "IndexRow")
@Table(name = IndexRow.TABLE)
final class IndexRow implements Row {
  static final String TABLE = "indexes";

  @Id
  @Column(name = "name")
  private String name;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private IndexRow() {}

  IndexRow(String name, long modifyIndex) {
    this.name = StoredText.escape(name);
    this.modifyIndex = modifyIndex;
    checksum = expectedChecksum();
  }

  String name() {
    return StoredText.unescape(name);
  }

  long modifyIndex() {
    return modifyIndex;
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row name=" + name;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(name).add(modifyIndex).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
