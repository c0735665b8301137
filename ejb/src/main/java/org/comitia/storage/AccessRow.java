package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;

/** A token, a policy or a role. */
@Entity(name = "AccessRow")
@Table(name = AccessRow.TABLE)
final class AccessRow implements Row {
  static final String TABLE = "access";

  @Id
  @Column(name = "object_key")
  private String key;

  @Column(name = "kind")
  private String kind;

  @Column(name = "id")
  private String id;

  /** With a token's secret: it must not get into an error's text. */
  @Column(name = "body")
  private String body;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private AccessRow() {}

  AccessRow(AccessObject object) {
    key = StoredText.escape(key(object.key()));
    kind = object.kind().text();
    id = StoredText.escape(object.id());
    body = AccessJson.text(object);
    createIndex = object.createIndex();
    modifyIndex = object.modifyIndex();
    checksum = expectedChecksum();
  }

  /** The primary key, not escaped. */
  static String key(AccessKey key) {
    return key.kind().text() + "/" + key.id();
  }

  AccessObject object() {
    return AccessJson.object(kind, StoredText.unescape(id), body, describe())
        .at(createIndex, modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row object_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(key)
        .add(kind)
        .add(id)
        .add(body)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
