package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.List;
import java.util.Locale;
import org.comitia.state.Session;

/** A session, without its checks: see {@link SessionCheckRow}. */
@Entity(name = "SessionRow")
@Table(name = SessionRow.TABLE)
final class SessionRow implements Row {
  static final String TABLE = "sessions";

  @Id
  @Column(name = "session_key")
  private String key;

  @Column(name = "id")
  private String id;

  @Column(name = "name")
  private String name;

  @Column(name = "node")
  private String node;

  @Column(name = "lock_delay_nanos")
  private long lockDelay;

  @Column(name = "behavior")
  private String behavior;

  @Column(name = "ttl")
  private String ttl;

  @Column(name = "node_checks")
  private long nodeChecks;

  @Column(name = "service_checks")
  private long serviceChecks;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private SessionRow() {}

  SessionRow(Session session) {
    key = StoredText.escape(session.key());
    id = StoredText.escape(session.id());
    name = StoredText.escape(session.name());
    node = StoredText.escape(session.node());
    lockDelay = session.lockDelayNanos();
    behavior = session.behavior().name().toLowerCase(Locale.ROOT);
    ttl = StoredText.escape(session.ttl());
    nodeChecks = session.nodeChecks().size();
    serviceChecks = session.serviceChecks().size();
    createIndex = session.createIndex();
    modifyIndex = session.modifyIndex();
    checksum = expectedChecksum();
  }

  /**
   * @param checks all of its own, in their order
   * @throws DamagedRowException when there are not as many as there were
   */
  Session session(List<SessionCheckRow> checks) {
    List<String> ofNode = ids(checks, false);
    List<String> ofServices = ids(checks, true);
    if (ofNode.size() != nodeChecks || ofServices.size() != serviceChecks) {
      throw new DamagedRowException(
          describe() + " is damaged: rows of table " + SessionCheckRow.TABLE + " are missing");
    }
    return new Session(
        StoredText.unescape(id),
        StoredText.unescape(name),
        StoredText.unescape(node),
        lockDelay,
        Session.Behavior.valueOf(behavior.toUpperCase(Locale.ROOT)),
        StoredText.unescape(ttl),
        ofNode,
        ofServices,
        createIndex,
        modifyIndex);
  }

  private static List<String> ids(List<SessionCheckRow> checks, boolean ofServices) {
    return checks.stream()
        .filter(check -> check.isOfService() == ofServices)
        .map(SessionCheckRow::checkId)
        .toList();
  }

  String key() {
    return key;
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row session_key=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(key)
        .add(id)
        .add(name)
        .add(node)
        .add(lockDelay)
        .add(behavior)
        .add(ttl)
        .add(nodeChecks)
        .add(serviceChecks)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
