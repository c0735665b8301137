package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.List;
import org.comitia.state.Session;

/** A check that must not be critical while a session lives. */
@Entity(name = "SessionCheckRow")
@Table(name = SessionCheckRow.TABLE)
@IdClass(SessionCheckId.class)
final class SessionCheckRow implements Row {
  static final String TABLE = "session_checks";

  @Id
  @Column(name = "session_key")
  private String session;

  @Id
  @Column(name = "position")
  private long position;

  @Column(name = "check_id")
  private String checkId;

  @Column(name = "of_service")
  private long ofService;

  @Column(name = "checksum")
  private long checksum;

  private SessionCheckRow() {}

  private SessionCheckRow(String session, int position, String checkId, boolean ofService) {
    this.session = StoredText.escape(session);
    this.position = position;
    this.checkId = StoredText.escape(checkId);
    this.ofService = ofService ? 1 : 0;
    checksum = expectedChecksum();
  }

  /** The rows of one session: its node's checks, then those of services. */
  static List<SessionCheckRow> of(Session session) {
    List<SessionCheckRow> rows = new ArrayList<>();
    for (String id : session.nodeChecks()) {
      rows.add(new SessionCheckRow(session.key(), rows.size(), id, false));
    }
    for (String id : session.serviceChecks()) {
      rows.add(new SessionCheckRow(session.key(), rows.size(), id, true));
    }
    return rows;
  }

  String session() {
    return session;
  }

  long position() {
    return position;
  }

  String checkId() {
    return StoredText.unescape(checkId);
  }

  boolean isOfService() {
    return ofService != 0;
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row session_key=" + session + ", position=" + position;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(session).add(position).add(checkId).add(ofService).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
