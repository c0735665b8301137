package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import org.comitia.state.Check;

/** A health check of the catalog. */
@Entity(name = "CheckRow")
@Table(name = CheckRow.TABLE)
@IdClass(NodeScopedId.class)
final class CheckRow implements Row {
  static final String TABLE = "checks";

  /** The folded name of the node. */
  @Id
  @Column(name = "node_key")
  private String nodeKey;

  /** The folded id. */
  @Id
  @Column(name = "check_key")
  private String key;

  @Column(name = "node")
  private String node;

  @Column(name = "id")
  private String id;

  @Column(name = "name")
  private String name;

  @Column(name = "status")
  private String status;

  @Column(name = "notes")
  private String notes;

  @Column(name = "output")
  private String output;

  @Column(name = "service_id")
  private String serviceId;

  @Column(name = "service_name")
  private String serviceName;

  @Column(name = "service_tags")
  private String serviceTags;

  @Column(name = "type")
  private String type;

  @Column(name = "check_interval")
  private String interval;

  @Column(name = "check_timeout")
  private String timeout;

  @Column(name = "exposed_port")
  private long exposedPort;

  @Column(name = "definition")
  private String definition;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private CheckRow() {}

  CheckRow(Check check) {
    nodeKey = StoredText.escape(check.key().node());
    key = StoredText.escape(check.key().id());
    node = StoredText.escape(check.node());
    id = StoredText.escape(check.id());
    name = StoredText.escape(check.name());
    status = StoredText.escape(check.status());
    notes = StoredText.escape(check.notes());
    output = StoredText.escape(check.output());
    serviceId = StoredText.escape(check.serviceId());
    serviceName = StoredText.escape(check.serviceName());
    serviceTags = JsonText.ofList(check.serviceTags());
    type = StoredText.escape(check.type());
    interval = StoredText.escape(check.interval());
    timeout = StoredText.escape(check.timeout());
    exposedPort = check.exposedPort();
    definition = DefinitionText.of(check.definition());
    createIndex = check.createIndex();
    modifyIndex = check.modifyIndex();
    checksum = expectedChecksum();
  }

  Check check() {
    return new Check(
        StoredText.unescape(node),
        StoredText.unescape(id),
        StoredText.unescape(name),
        StoredText.unescape(status),
        StoredText.unescape(notes),
        StoredText.unescape(output),
        StoredText.unescape(serviceId),
        StoredText.unescape(serviceName),
        JsonText.toList(serviceTags),
        StoredText.unescape(type),
        StoredText.unescape(interval),
        StoredText.unescape(timeout),
        Math.toIntExact(exposedPort),
        DefinitionText.parse(definition),
        createIndex,
        modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row node_key=" + nodeKey + ", check_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(nodeKey)
        .add(key)
        .add(node)
        .add(id)
        .add(name)
        .add(status)
        .add(notes)
        .add(output)
        .add(serviceId)
        .add(serviceName)
        .add(serviceTags)
        .add(type)
        .add(interval)
        .add(timeout)
        .add(exposedPort)
        .add(definition)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
