package org.comitia.access;

import java.util.Locale;

/**
 * How far a rule lets somebody go; each includes what stands before it, but {@link #DENY}, which
 * includes nothing. {@link #LIST} is for keys alone: reading all below a prefix.
 */
public enum Access {
  DENY,
  READ,
  LIST,
  WRITE;

  /** Its name in rules and in texts, e.g. {@code write}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether who may this may also do that. */
  public boolean includes(Access wanted) {
    return this != DENY && compareTo(wanted) >= 0;
  }
}
