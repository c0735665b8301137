package org.comitia.state;

/** One operation of a transaction ({@code /v1/txn}). */
public sealed interface TxnOp {
  /**
   * An operation on keys.
   *
   * @param value never null
   * @param index what {@code cas}, {@code delete-cas} and {@code check-index} compare
   * @param session empty for none
   */
  record Kv(KvVerb verb, String key, byte[] value, long flags, long index, String session)
      implements TxnOp {
    @Override
    public boolean readOnly() {
      return verb.readOnly();
    }
  }

  /**
   * @param node {@code get} and the deletes need its name or its id; its ModifyIndex is what {@code
   *     cas} and {@code delete-cas} compare
   */
  record OnNode(Verb verb, Node node) implements TxnOp {
    @Override
    public boolean readOnly() {
      return verb == Verb.GET;
    }
  }

  /**
   * @param service names its node; its ModifyIndex is what {@code cas} and {@code delete-cas}
   *     compare
   */
  record OnService(Verb verb, Service service) implements TxnOp {
    @Override
    public boolean readOnly() {
      return verb == Verb.GET;
    }
  }

  /**
   * @param check names its node; its ModifyIndex is what {@code cas} and {@code delete-cas} compare
   */
  record OnCheck(Verb verb, Check check) implements TxnOp {
    @Override
    public boolean readOnly() {
      return verb == Verb.GET;
    }
  }

  /** Consul's verbs on keys; {@code get-or-empty} since 1.14. */
  enum KvVerb {
    SET,
    CAS,
    LOCK,
    UNLOCK,
    GET,
    GET_OR_EMPTY,
    GET_TREE,
    CHECK_INDEX,
    CHECK_SESSION,
    CHECK_NOT_EXISTS,
    DELETE,
    DELETE_CAS,
    DELETE_TREE;

    /** Whether it may put something where nothing was. */
    boolean sets() {
      return this == SET || this == CAS || this == LOCK;
    }

    /** Whether it changes nothing. */
    public boolean readOnly() {
      return switch (this) {
        case GET, GET_OR_EMPTY, GET_TREE, CHECK_INDEX, CHECK_SESSION, CHECK_NOT_EXISTS -> true;
        default -> false;
      };
    }
  }

  /** Consul's verbs on nodes, services and checks. */
  enum Verb {
    GET,
    SET,
    CAS,
    DELETE,
    DELETE_CAS;

    /** Whether it may put something where nothing was. */
    boolean sets() {
      return this == SET || this == CAS;
    }
  }

  /** Whether it changes nothing: a transaction of such operations is a read. */
  boolean readOnly();
}
