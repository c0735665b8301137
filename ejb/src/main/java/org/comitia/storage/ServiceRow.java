package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import org.comitia.state.Service;

/** A service instance of the catalog. */
@Entity(name = "ServiceRow")
@Table(name = ServiceRow.TABLE)
@IdClass(NodeScopedId.class)
final class ServiceRow implements Row {
  static final String TABLE = "services";

  /** The folded name of the node. */
  @Id
  @Column(name = "node_key")
  private String nodeKey;

  /** The folded id. */
  @Id
  @Column(name = "service_key")
  private String key;

  @Column(name = "node")
  private String node;

  @Column(name = "id")
  private String id;

  @Column(name = "name")
  private String name;

  @Column(name = "kind")
  private String kind;

  @Column(name = "tags")
  private String tags;

  @Column(name = "address")
  private String address;

  @Column(name = "tagged_addresses")
  private String taggedAddresses;

  @Column(name = "meta")
  private String meta;

  @Column(name = "port")
  private long port;

  @Column(name = "socket_path")
  private String socketPath;

  @Column(name = "weight_passing")
  private long weightPassing;

  @Column(name = "weight_warning")
  private long weightWarning;

  @Column(name = "enable_tag_override")
  private long enableTagOverride;

  /** NULL for none. */
  @Column(name = "proxy")
  private String proxy;

  /** NULL for none. */
  @Column(name = "connect")
  private String connect;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private ServiceRow() {}

  ServiceRow(Service service) {
    nodeKey = StoredText.escape(service.key().node());
    key = StoredText.escape(service.key().id());
    node = StoredText.escape(service.node());
    id = StoredText.escape(service.id());
    name = StoredText.escape(service.name());
    kind = StoredText.escape(service.kind());
    tags = JsonText.ofList(service.tags());
    address = StoredText.escape(service.address());
    taggedAddresses = JsonText.ofAddresses(service.taggedAddresses());
    meta = JsonText.ofMap(service.meta());
    port = service.port();
    socketPath = StoredText.escape(service.socketPath());
    weightPassing = service.weightPassing();
    weightWarning = service.weightWarning();
    enableTagOverride = service.enableTagOverride() ? 1 : 0;
    proxy = orNull(service.proxy());
    connect = orNull(service.connect());
    createIndex = service.createIndex();
    modifyIndex = service.modifyIndex();
    checksum = expectedChecksum();
  }

  Service service() {
    return new Service(
        StoredText.unescape(node),
        StoredText.unescape(id),
        StoredText.unescape(name),
        StoredText.unescape(kind),
        JsonText.toList(tags),
        StoredText.unescape(address),
        JsonText.toAddresses(taggedAddresses),
        JsonText.toMap(meta),
        Math.toIntExact(port),
        StoredText.unescape(socketPath),
        Math.toIntExact(weightPassing),
        Math.toIntExact(weightWarning),
        enableTagOverride != 0,
        orEmpty(proxy),
        orEmpty(connect),
        createIndex,
        modifyIndex);
  }

  private static String orNull(String json) {
    return json.isEmpty() ? null : StoredText.escape(json);
  }

  private static String orEmpty(String column) {
    return column == null ? "" : StoredText.unescape(column);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row node_key=" + nodeKey + ", service_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    RowChecksum sum =
        new RowChecksum(TABLE)
            .add(nodeKey)
            .add(key)
            .add(node)
            .add(id)
            .add(name)
            .add(kind)
            .add(tags)
            .add(address)
            .add(taggedAddresses)
            .add(meta)
            .add(port)
            .add(socketPath)
            .add(weightPassing)
            .add(weightWarning)
            .add(enableTagOverride)
            .add(createIndex)
            .add(modifyIndex);
    // rows that were saved when there were no such columns keep their checksum
    if (proxy != null || connect != null) {
      sum.add(proxy).add(connect);
    }
    return sum.value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
