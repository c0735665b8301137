package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.List;
import org.comitia.raft.Entry;

/** Consecutive entries that were synced together: one row. */
@Entity(name = "LogBatch")
@Table(name = LogBatchRow.TABLE)
final class LogBatchRow implements Row {
  static final String TABLE = "log_batches";

  @Id
  @Column(name = "first_index")
  private long firstIndex;

  @Column(name = "last_index")
  private long lastIndex;

  @Column(name = "last_term")
  private long lastTerm;

  @Column(name = "entries")
  private byte[] entries;

  @Column(name = "checksum")
  private long checksum;

  private LogBatchRow() {}

  LogBatchRow(List<Entry> batch) {
    Entry last = batch.get(batch.size() - 1);
    firstIndex = batch.get(0).index();
    lastIndex = last.index();
    lastTerm = last.term();
    entries = BatchCodec.encode(batch);
    checksum = expectedChecksum();
  }

  long firstIndex() {
    return firstIndex;
  }

  long lastIndex() {
    return lastIndex;
  }

  /** The entries of this row; verifies nothing but their encoding. */
  List<Entry> entries() {
    List<Entry> decoded = BatchCodec.decode(firstIndex, lastIndex - firstIndex + 1, entries);
    if (decoded.get(decoded.size() - 1).term() != lastTerm) {
      throw new DamagedRowException(describe() + " does not end in the term that it names");
    }
    return decoded;
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row first_index=" + firstIndex;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(firstIndex).add(lastIndex).add(lastTerm).add(entries).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
