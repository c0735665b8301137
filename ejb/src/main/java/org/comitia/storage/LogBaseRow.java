package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.LogBase;

/** Where the log begins: the only row of its table, none while the log has everything. */
@Entity(name = "StoredLogBase")
@Table(name = LogBaseRow.TABLE)
final class LogBaseRow implements Row {
  static final String TABLE = "log_base";
  static final long ID = 1;

  @Id
  @Column(name = "id")
  private long id;

  @Column(name = "base_index")
  private long index;

  @Column(name = "base_term")
  private long term;

  @Column(name = "configuration")
  private byte[] configuration;

  @Column(name = "configuration_index")
  private long configurationIndex;

  @Column(name = "checksum")
  private long checksum;

  private LogBaseRow() {}

  LogBaseRow(LogBase base) {
    id = ID;
    index = base.index();
    term = base.term();
    configuration = ConfigurationCodec.encode(base.configuration());
    configurationIndex = base.configurationIndex();
    checksum = expectedChecksum();
  }

  /** What this row says; verifies nothing but that it is a base. */
  LogBase base() {
    try {
      return new LogBase(index, term, ConfigurationCodec.decode(configuration), configurationIndex);
    } catch (IllegalArgumentException e) {
      throw new DamagedRowException(describe() + ": " + e.getMessage());
    }
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row id=" + id;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(id)
        .add(index)
        .add(term)
        .add(configuration)
        .add(configurationIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
