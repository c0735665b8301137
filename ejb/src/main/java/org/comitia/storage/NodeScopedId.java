package org.comitia.storage;

import java.io.Serializable;
import java.util.Objects;

/** The key of a row that is unique on its node. JPA asks for this form: an IdClass. */
final class NodeScopedId implements Serializable {
  private static final long serialVersionUID = 1L;

  private String nodeKey;
  private String key;

  NodeScopedId() {}

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeScopedId o
        && Objects.equals(nodeKey, o.nodeKey)
        && Objects.equals(key, o.key);
  }

  @Override
  public int hashCode() {
    return Objects.hash(nodeKey, key);
  }
}
