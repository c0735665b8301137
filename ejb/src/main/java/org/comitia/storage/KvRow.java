package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.state.KvEntry;

/** A key and its value. */
@Entity(name = "KvRow")
@Table(name = KvRow.TABLE)
final class KvRow implements Row {
  static final String TABLE = "kv";

  @Id
  @Column(name = "key")
  private String key;

  @Column(name = "value")
  private byte[] value;

  @Column(name = "flags")
  private long flags;

  @Column(name = "lock_index")
  private long lockIndex;

  @Column(name = "session")
  private String session;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private KvRow() {}

  KvRow(KvEntry entry) {
    key = StoredText.escape(entry.key());
    value = entry.value();
    flags = entry.flags();
    lockIndex = entry.lockIndex();
    session = StoredText.escape(entry.session());
    createIndex = entry.createIndex();
    modifyIndex = entry.modifyIndex();
    checksum = expectedChecksum();
  }

  KvEntry entry() {
    return new KvEntry(
        StoredText.unescape(key),
        value,
        flags,
        lockIndex,
        StoredText.unescape(session),
        createIndex,
        modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(key)
        .add(value)
        .add(flags)
        .add(lockIndex)
        .add(session)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
