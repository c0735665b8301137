package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.state.PreparedQuery;

/** A prepared query. */
@Entity(name = "PreparedQueryRow")
@Table(name = PreparedQueryRow.TABLE)
final class PreparedQueryRow implements Row {
  static final String TABLE = "prepared_queries";

  @Id
  @Column(name = "query_key")
  private String key;

  @Column(name = "id")
  private String id;

  @Column(name = "name")
  private String name;

  @Column(name = "session")
  private String session;

  @Column(name = "token")
  private String token;

  @Column(name = "template_type")
  private String templateType;

  @Column(name = "template_regexp")
  private String templateRegexp;

  @Column(name = "template_remove_empty_tags")
  private long removeEmptyTags;

  @Column(name = "service")
  private String service;

  @Column(name = "only_passing")
  private long onlyPassing;

  @Column(name = "ignore_check_ids")
  private String ignoreCheckIds;

  @Column(name = "near")
  private String near;

  @Column(name = "tags")
  private String tags;

  @Column(name = "node_meta")
  private String nodeMeta;

  @Column(name = "service_meta")
  private String serviceMeta;

  @Column(name = "connect")
  private long connect;

  @Column(name = "failover_nearest_n")
  private long nearestN;

  @Column(name = "failover_datacenters")
  private String datacenters;

  @Column(name = "dns_ttl")
  private String dnsTtl;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private PreparedQueryRow() {}

  PreparedQueryRow(PreparedQuery query) {
    PreparedQuery.ServiceQuery wanted = query.service();
    key = StoredText.escape(query.key());
    id = StoredText.escape(query.id());
    name = StoredText.escape(query.name());
    session = StoredText.escape(query.session());
    token = StoredText.escape(query.token());
    templateType = StoredText.escape(query.template().type());
    templateRegexp = StoredText.escape(query.template().regexp());
    removeEmptyTags = query.template().removeEmptyTags() ? 1 : 0;
    service = StoredText.escape(wanted.service());
    onlyPassing = wanted.onlyPassing() ? 1 : 0;
    ignoreCheckIds = JsonText.ofList(wanted.ignoreCheckIds());
    near = StoredText.escape(wanted.near());
    tags = JsonText.ofList(wanted.tags());
    nodeMeta = JsonText.ofMap(wanted.nodeMeta());
    serviceMeta = JsonText.ofMap(wanted.serviceMeta());
    connect = wanted.connect() ? 1 : 0;
    nearestN = wanted.failover().nearestN();
    datacenters = JsonText.ofList(wanted.failover().datacenters());
    dnsTtl = StoredText.escape(query.dnsTtl());
    createIndex = query.createIndex();
    modifyIndex = query.modifyIndex();
    checksum = expectedChecksum();
  }

  PreparedQuery query() {
    return new PreparedQuery(
        StoredText.unescape(id),
        StoredText.unescape(name),
        StoredText.unescape(session),
        StoredText.unescape(token),
        new PreparedQuery.Template(
            StoredText.unescape(templateType),
            StoredText.unescape(templateRegexp),
            removeEmptyTags != 0),
        new PreparedQuery.ServiceQuery(
            StoredText.unescape(service),
            new PreparedQuery.Failover(Math.toIntExact(nearestN), JsonText.toList(datacenters)),
            onlyPassing != 0,
            JsonText.toList(ignoreCheckIds),
            StoredText.unescape(near),
            JsonText.toList(tags),
            JsonText.toMap(nodeMeta),
            JsonText.toMap(serviceMeta),
            connect != 0),
        StoredText.unescape(dnsTtl),
        createIndex,
        modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row query_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(key)
        .add(id)
        .add(name)
        .add(session)
        .add(token)
        .add(templateType)
        .add(templateRegexp)
        .add(removeEmptyTags)
        .add(service)
        .add(onlyPassing)
        .add(ignoreCheckIds)
        .add(near)
        .add(tags)
        .add(nodeMeta)
        .add(serviceMeta)
        .add(connect)
        .add(nearestN)
        .add(datacenters)
        .add(dnsTtl)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
