package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.state.LockDelay;

/** A key whose lock cannot be taken for a while. */
@Entity(name = "LockDelayRow")
@Table(name = LockDelayRow.TABLE)
final class LockDelayRow implements Row {
  static final String TABLE = "lock_delays";

  @Id
  @Column(name = "key")
  private String key;

  @Column(name = "delay_nanos")
  private long delay;

  @Column(name = "since_index")
  private long since;

  @Column(name = "checksum")
  private long checksum;

  private LockDelayRow() {}

  LockDelayRow(String key, LockDelay lockDelay) {
    this.key = StoredText.escape(key);
    delay = lockDelay.delayNanos();
    since = lockDelay.since();
    checksum = expectedChecksum();
  }

  String key() {
    return StoredText.unescape(key);
  }

  LockDelay lockDelay() {
    return new LockDelay(delay, since);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(key).add(delay).add(since).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
