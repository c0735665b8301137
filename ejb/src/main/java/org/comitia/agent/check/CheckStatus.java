package org.comitia.agent.check;

/** What a check says; the name in lower case is Consul's. */
public enum CheckStatus {
  PASSING,
  WARNING,
  CRITICAL;

  /** As the API writes it. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
