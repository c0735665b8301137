package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.state.Node;

/** A node of the catalog. */
@Entity(name = "NodeRow")
@Table(name = NodeRow.TABLE)
final class NodeRow implements Row {
  static final String TABLE = "nodes";

  /** The folded name, under which the state finds the node. */
  @Id
  @Column(name = "node_key")
  private String key;

  @Column(name = "name")
  private String name;

  @Column(name = "id")
  private String id;

  @Column(name = "address")
  private String address;

  @Column(name = "datacenter")
  private String datacenter;

  @Column(name = "tagged_addresses")
  private String taggedAddresses;

  @Column(name = "meta")
  private String meta;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private NodeRow() {}

  NodeRow(Node node) {
    key = StoredText.escape(node.key());
    name = StoredText.escape(node.name());
    id = StoredText.escape(node.id());
    address = StoredText.escape(node.address());
    datacenter = StoredText.escape(node.datacenter());
    taggedAddresses = JsonText.ofMap(node.taggedAddresses());
    meta = JsonText.ofMap(node.meta());
    createIndex = node.createIndex();
    modifyIndex = node.modifyIndex();
    checksum = expectedChecksum();
  }

  Node node() {
    return new Node(
        StoredText.unescape(id),
        StoredText.unescape(name),
        StoredText.unescape(address),
        StoredText.unescape(datacenter),
        JsonText.toMap(taggedAddresses),
        JsonText.toMap(meta),
        createIndex,
        modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row node_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(key)
        .add(name)
        .add(id)
        .add(address)
        .add(datacenter)
        .add(taggedAddresses)
        .add(meta)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
