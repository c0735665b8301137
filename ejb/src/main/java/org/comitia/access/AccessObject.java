package org.comitia.access;

/** What access control is made of, and what is stored: one table holds all of it. */
public sealed interface AccessObject permits Token, Policy, Role {
  /** A UUID, unique among those of its kind. */
  String id();

  /** Index of the entry that created it. */
  long createIndex();

  /** Index of the entry that changed it last. */
  long modifyIndex();
}
