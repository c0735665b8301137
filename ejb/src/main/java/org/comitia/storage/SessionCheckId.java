package org.comitia.storage;

import java.io.Serializable;
import java.util.Objects;

/** The key of a session's check. JPA asks for this form: an IdClass. */
final class SessionCheckId implements Serializable {
  private static final long serialVersionUID = 1L;

  private String session;
  private long position;

  SessionCheckId() {}

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionCheckId o
        && Objects.equals(session, o.session)
        && position == o.position;
  }

  @Override
  public int hashCode() {
    return Objects.hash(session, position);
  }
}
