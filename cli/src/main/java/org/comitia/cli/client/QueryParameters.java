package org.comitia.cli.client;

/** The query part of a request, built up. Not safe for several threads. */
public final class QueryParameters {
  private final StringBuilder text = new StringBuilder();

  /** A parameter with a value; one that is null or empty is left out. */
  public QueryParameters add(String name, String value) {
    if (value != null && !value.isEmpty()) {
      name(name).append('=').append(AgentClient.segment(value));
    }
    return this;
  }

  /** A parameter that only has to be there, when it is wanted. */
  public QueryParameters flag(String name, boolean wanted) {
    if (wanted) {
      name(name);
    }
    return this;
  }

  private StringBuilder name(String name) {
    return text.append(text.length() == 0 ? '?' : '&').append(name);
  }

  /** With its question mark; empty when there are none. */
  @Override
  public String toString() {
    return text.toString();
  }
}
