package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/**
 * Who this store is: the only row of its table. Written when the store is created, once more when
 * its log first begins behind a base, with the format that says so, and when its server is
 * recovered from a lost quorum, with a new incarnation.
 */
@Entity(name = "Identity")
@Table(name = IdentityRow.TABLE)
final class IdentityRow implements Row {
  static final String TABLE = "store_identity";
  static final long ID = 1;

  /** The version of the tables and of what is in them; a newer one is refused. */
  static final long FORMAT = 2;

  /**
   * A store with all entries since the first. It is created so, and stays so until a base is
   * written: a version that knows no base can open it.
   */
  static final long WHOLE_LOG = 1;

  @Id
  @Column(name = "id")
  private long id;

  @Column(name = "format_version")
  private long format;

  @Column(name = "incarnation")
  private String incarnation;

  @Column(name = "checksum")
  private long checksum;

  private IdentityRow() {}

  IdentityRow(UUID incarnation, long format) {
    id = ID;
    this.format = format;
    this.incarnation = incarnation.toString();
    checksum = expectedChecksum();
  }

  long format() {
    return format;
  }

  UUID incarnation() {
    return UUID.fromString(incarnation);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row id=" + id;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(id).add(format).add(incarnation).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
