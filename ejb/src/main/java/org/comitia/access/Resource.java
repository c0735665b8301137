package org.comitia.access;

import java.util.Locale;

/** What a rule is about; Consul's names. */
public enum Resource {
  ACL(false),
  AGENT(true),
  EVENT(true),
  KEY(true),
  KEYRING(false),
  NODE(true),
  OPERATOR(false),
  QUERY(true),
  SERVICE(true),
  SESSION(true);

  private final boolean segmented;

  Resource(boolean segmented) {
    this.segmented = segmented;
  }

  /** Whether rules about it name a segment: a key, a node, a service; else there is just one. */
  public boolean segmented() {
    return segmented;
  }

  /** Its name in rules and in texts, e.g. {@code key}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
