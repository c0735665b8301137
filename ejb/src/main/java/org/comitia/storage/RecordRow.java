package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A small named record of the log store: cluster id, bootstrap promise. */
@Entity(name = "NamedRecord")
@Table(name = RecordRow.TABLE)
final class RecordRow implements Row {
  static final String TABLE = "records";

  @Id
  @Column(name = "name")
  private String name;

  @Column(name = "value")
  private byte[] value;

  @Column(name = "checksum")
  private long checksum;

  private RecordRow() {}

  RecordRow(String name, byte[] value) {
    this.name = name;
    this.value = value.clone();
    checksum = expectedChecksum();
  }

  String name() {
    return name;
  }

  byte[] value() {
    return value.clone();
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row name=" + name;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(name).add(value).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
