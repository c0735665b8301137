package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import org.comitia.state.TxnOutcome.Error;
import org.comitia.state.TxnOutcome.Row;

/**
 * Transactions ({@code api/txn}): each operation sees what those before it did; when one fails the
 * draft is to be thrown away. Every operation that fails is told, as Consul does.
 */
final class TxnRules {
  /**
   * Bytes of keys and values, and of {@link #ROW_BYTES} a row, that a transaction answers: what it
   * reads may be the whole state, once an operation.
   */
  static final long MAX_RESULT_BYTES = 16L * 1024 * 1024;

  private static final int ROW_BYTES = 64;
  private static final byte[] NO_VALUE = {};

  private TxnRules() {}

  static TxnOutcome carryOut(Draft draft, List<TxnOp> ops) {
    List<Error> errors = refusedBeforehand(draft, ops);
    if (!errors.isEmpty()) {
      return new TxnOutcome(List.of(), errors);
    }
    List<Row> results = new ArrayList<>();
    long left = MAX_RESULT_BYTES;
    for (int i = 0; i < ops.size() && left >= 0; i++) {
      try {
        List<Row> rows = carryOut(draft, ops.get(i), left);
        left -= bytes(rows);
        results.addAll(rows);
      } catch (Refused refused) {
        errors.add(new Error(i, refused.getMessage()));
      }
      if (left < 0) {
        errors.add(
            new Error(
                i, "the transaction's results are larger than " + MAX_RESULT_BYTES + " bytes"));
      }
    }
    return errors.isEmpty()
        ? new TxnOutcome(results, List.of())
        : new TxnOutcome(List.of(), errors);
  }

  private static long bytes(List<Row> rows) {
    long bytes = 0;
    for (Row row : rows) {
      bytes += row.kv() == null ? ROW_BYTES : bytes(row.kv());
    }
    return bytes;
  }

  private static long bytes(KvEntry entry) {
    return ROW_BYTES + entry.key().length() + entry.value().length;
  }

  // ---- what is wrong whatever the other operations do

  private static List<Error> refusedBeforehand(Draft draft, List<TxnOp> ops) {
    List<Error> errors = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      String refusal = refusal(draft, ops.get(i));
      if (refusal != null) {
        errors.add(new Error(i, refusal));
      }
    }
    return errors;
  }

  private static String refusal(Draft draft, TxnOp op) {
    if (op instanceof TxnOp.Kv kv) {
      if (kv.key().isEmpty() && kv.verb() != TxnOp.KvVerb.DELETE_TREE) {
        return "Must provide key";
      }
      return kv.verb() == TxnOp.KvVerb.LOCK && KvRules.isDelayed(draft, kv.key())
          ? "failed to lock key " + Names.quote(kv.key()) + " due to lock delay"
          : null;
    }
    if (op.readOnly()) {
      return null;
    }
    if (op instanceof TxnOp.OnNode node) {
      return CommandRules.nodeRefusal(node.node());
    }
    return op instanceof TxnOp.OnService service
        ? CommandRules.serviceRefusal(service.service())
        : null;
  }

  /**
   * @param most bytes of rows after which no more are looked for
   */
  private static List<Row> carryOut(Draft draft, TxnOp op, long most) {
    if (op instanceof TxnOp.Kv kv) {
      return kv.verb() == TxnOp.KvVerb.GET_TREE ? tree(draft, kv, most) : kv(draft, kv);
    } else if (op instanceof TxnOp.OnNode node) {
      Node row = node(draft, node.verb(), node.node());
      return row == null ? List.of() : List.of(new Row(null, row, null, null));
    } else if (op instanceof TxnOp.OnService service) {
      Service row = service(draft, service.verb(), service.service());
      return row == null ? List.of() : List.of(new Row(null, null, row, null));
    }
    TxnOp.OnCheck check = (TxnOp.OnCheck) op;
    Check row = check(draft, check.verb(), check.check());
    return row == null ? List.of() : List.of(new Row(null, null, null, row));
  }

  // ---- keys

  private static List<Row> kv(Draft draft, TxnOp.Kv op) {
    String key = op.key();
    switch (op.verb()) {
      case SET -> KvRules.put(draft, new Command.KvPut(key, op.value(), op.flags(), null));
      case CAS ->
          require(
              KvRules.put(draft, new Command.KvPut(key, op.value(), op.flags(), op.index())),
              "failed to set key %s, index is stale",
              key);
      case LOCK ->
          require(
              KvRules.acquire(
                  draft, new Command.KvAcquire(key, op.value(), op.flags(), op.session())),
              "failed to lock key %s, lock is already held",
              key);
      case UNLOCK ->
          require(
              KvRules.release(
                  draft, new Command.KvRelease(key, op.value(), op.flags(), op.session())),
              "failed to unlock key %s, lock isn't held, or is held by another session",
              key);
      case DELETE -> KvRules.delete(draft, new Command.KvDelete(key, null));
      case DELETE_CAS ->
          require(
              KvRules.delete(draft, new Command.KvDelete(key, op.index())),
              "failed to delete key %s, index is stale",
              key);
      case DELETE_TREE -> KvRules.deleteTree(draft, new Command.KvDeleteTree(key));
      default -> {
        return read(draft, op);
      }
    }
    KvEntry written = draft.kv(key);
    return written == null || op.verb() == TxnOp.KvVerb.DELETE_TREE
        ? List.of()
        : List.of(row(withoutValue(written)));
  }

  private static List<Row> tree(Draft draft, TxnOp.Kv op, long most) {
    List<Row> rows = new ArrayList<>();
    long left = most;
    for (KvEntry entry : draft.kvUnder(op.key()).values()) {
      rows.add(row(entry));
      left -= bytes(entry);
      if (left < 0) {
        break;
      }
    }
    return rows;
  }

  private static List<Row> read(Draft draft, TxnOp.Kv op) {
    KvEntry found = draft.kv(op.key());
    switch (op.verb()) {
      case GET -> {
        require(found != null, "key %s doesn't exist", op.key());
        return List.of(row(found));
      }
      case GET_OR_EMPTY -> {
        return List.of(row(found == null ? asAsked(op) : found));
      }
      case CHECK_NOT_EXISTS -> {
        require(found == null, "key %s exists", op.key());
        return List.of();
      }
      case CHECK_INDEX -> {
        require(found != null, "failed to check index, key %s doesn't exist", op.key());
        requireIndex(op, found);
      }
      case CHECK_SESSION -> {
        require(found != null, "failed to check session, key %s doesn't exist", op.key());
        requireSession(op, found);
      }
      default -> throw new IllegalArgumentException("no rule for " + op.verb());
    }
    return List.of(row(withoutValue(found)));
  }

  private static void requireIndex(TxnOp.Kv op, KvEntry found) {
    if (found.modifyIndex() != op.index()) {
      throw new Refused(
          "failed index check for key %s, current modify index %s != %s"
              .formatted(
                  Names.quote(op.key()),
                  Long.toUnsignedString(found.modifyIndex()),
                  Long.toUnsignedString(op.index())));
    }
  }

  private static void requireSession(TxnOp.Kv op, KvEntry found) {
    String holder = found.session() == null ? "" : found.session();
    if (!holder.equals(op.session())) {
      throw new Refused(
          "failed session check for key %s, current session %s != %s"
              .formatted(Names.quote(op.key()), Names.quote(holder), Names.quote(op.session())));
    }
  }

  /** For a key that is not there Consul answers with the fields of the operation. */
  private static KvEntry asAsked(TxnOp.Kv op) {
    String session = op.session().isEmpty() ? null : op.session();
    return new KvEntry(op.key(), NO_VALUE, op.flags(), 0, session, 0, Math.max(0, op.index()));
  }

  private static KvEntry withoutValue(KvEntry e) {
    return new KvEntry(
        e.key(), NO_VALUE, e.flags(), e.lockIndex(), e.session(), e.createIndex(), e.modifyIndex());
  }

  private static Row row(KvEntry entry) {
    return new Row(entry, null, null, null);
  }

  // ---- nodes, services, checks; a deleted one has no row

  private static Node node(Draft draft, TxnOp.Verb verb, Node given) {
    Node named = draft.node(given.name());
    switch (verb) {
      case GET -> require(find(draft, given) != null, "node %s doesn't exist", given.name());
      case SET -> CatalogRules.ensureNode(draft, given);
      case CAS -> {
        requireFresh(
            named == null ? 0 : named.modifyIndex(),
            given.modifyIndex(),
            "failed to set node %s, index is stale",
            given.name());
        CatalogRules.ensureNode(draft, given);
      }
      case DELETE -> CatalogRules.removeNode(draft, named);
      case DELETE_CAS -> {
        require(
            named != null && named.modifyIndex() == given.modifyIndex(),
            "failed to delete node %s, index is stale",
            given.name());
        CatalogRules.removeNode(draft, named);
      }
    }
    return deletes(verb) ? null : find(draft, given);
  }

  private static Node find(Draft draft, Node given) {
    return given.id().isEmpty() ? draft.node(given.name()) : draft.nodeById(given.id());
  }

  private static Service service(Draft draft, TxnOp.Verb verb, Service given) {
    String node = given.node();
    boolean byName = given.id().isEmpty() && verb != TxnOp.Verb.GET;
    String id = byName ? given.name() : given.id();
    Service found = draft.service(node, id);
    long current = found == null ? 0 : found.modifyIndex();
    switch (verb) {
      case GET -> require(found != null, "service %s on node %s doesn't exist", id, node);
      case SET, CAS -> {
        if (verb == TxnOp.Verb.CAS) {
          requireFresh(
              current,
              given.modifyIndex(),
              "failed to set service %s on node %s, index is stale",
              id,
              node);
        }
        requireNode(draft, node);
        CatalogRules.ensureService(draft, draft.node(node).name(), given);
      }
      case DELETE -> CatalogRules.removeService(draft, node, id);
      case DELETE_CAS -> {
        require(
            found != null && current == given.modifyIndex(),
            "failed to delete service %s on node %s, index is stale",
            id,
            node);
        CatalogRules.removeService(draft, node, id);
      }
    }
    return deletes(verb) ? null : draft.service(node, id);
  }

  private static Check check(Draft draft, TxnOp.Verb verb, Check given) {
    String node = given.node();
    boolean byName = given.id().isEmpty() && verb != TxnOp.Verb.GET;
    String id = byName ? given.name() : given.id();
    Check found = draft.check(node, id);
    long current = found == null ? 0 : found.modifyIndex();
    switch (verb) {
      case GET -> require(found != null, "check %s on node %s doesn't exist", id, node);
      case SET, CAS -> {
        if (verb == TxnOp.Verb.CAS) {
          requireFresh(
              current,
              given.modifyIndex(),
              "failed to set check %s on node %s, index is stale",
              id,
              node);
        }
        requireNode(draft, node);
        CatalogRules.ensureCheck(draft, draft.node(node).name(), given);
      }
      case DELETE -> CatalogRules.removeCheck(draft, found);
      case DELETE_CAS -> {
        require(
            found != null && current == given.modifyIndex(),
            "failed to delete check %s on node %s, index is stale",
            id,
            node);
        CatalogRules.removeCheck(draft, found);
      }
    }
    return deletes(verb) ? null : draft.check(node, id);
  }

  private static boolean deletes(TxnOp.Verb verb) {
    return verb == TxnOp.Verb.DELETE || verb == TxnOp.Verb.DELETE_CAS;
  }

  private static void requireNode(Draft draft, String node) {
    if (draft.node(node) == null) {
      throw new Refused("Missing node registration");
    }
  }

  /** 0 stands for what is not there, on both sides. */
  private static void requireFresh(long current, long expected, String text, String... names) {
    require(current == expected, text, names);
  }

  private static void require(boolean holds, String text, String... names) {
    if (!holds) {
      Object[] quoted = new Object[names.length];
      for (int i = 0; i < names.length; i++) {
        quoted[i] = Names.quote(names[i]);
      }
      throw new Refused(text.formatted(quoted));
    }
  }
}
