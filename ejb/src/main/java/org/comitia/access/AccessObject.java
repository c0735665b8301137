package org.comitia.access;

import java.util.Locale;

/** What access control is made of, and what is stored: one table holds all of it. */
public sealed interface AccessObject permits Token, Policy, Role {
  /** The kinds of objects, in the order of the table, which is that of their names. */
  enum Kind {
    POLICY,
    ROLE,
    TOKEN;

    /** Its name in the saved table and in texts, e.g. {@code policy}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Which of the kinds it is. */
  Kind kind();

  /** A UUID, unique among those of its kind. */
  String id();

  /** Index of the entry that created it. */
  long createIndex();

  /** Index of the entry that changed it last. */
  long modifyIndex();

  /** The same object with other indexes. */
  AccessObject at(long create, long modify);

  /** Where it is found in {@link AccessTable#rows()}. */
  default AccessKey key() {
    return AccessKey.of(kind(), id());
  }
}
