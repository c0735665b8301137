package org.comitia.guard;

import java.util.ArrayList;
import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOutcome;

/**
 * What the operations of a transaction demand, each by itself; what they read is looked at in the
 * results. An operation may be about what one before it writes. Pure functions.
 */
public final class TxnDemands {
  private TxnDemands() {}

  /**
   * An error for each operation that is not allowed, as a transaction that fails has them.
   *
   * @return empty when all are
   */
  public static List<TxnOutcome.Error> errors(
      List<TxnOp> ops, StateVersion version, Authorizer authorizer) {
    List<TxnOutcome.Error> errors = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      Demand missing = Demands.missing(of(ops.get(i), ops.subList(0, i), version), authorizer);
      if (missing != null) {
        errors.add(new TxnOutcome.Error(i, missing.denial(authorizer)));
      }
    }
    return errors;
  }

  /**
   * What an operation demands.
   *
   * @param before those before it
   */
  static List<Demand> of(TxnOp op, List<TxnOp> before, StateVersion version) {
    if (op instanceof TxnOp.Kv kv) {
      return kv(kv);
    } else if (op instanceof TxnOp.OnNode node) {
      return node.readOnly() ? List.of() : Demands.node(node.node(), version);
    } else if (op instanceof TxnOp.OnService service) {
      return service.readOnly() ? List.of() : service(service, before, version);
    } else if (op instanceof TxnOp.OnCheck check) {
      return check.readOnly() ? List.of() : check(check, before, version);
    }
    return List.of(Demand.NOBODY);
  }

  /** Those that compare tell of a key by whether they fail. */
  private static List<Demand> kv(TxnOp.Kv kv) {
    return switch (kv.verb()) {
      case GET, GET_OR_EMPTY, GET_TREE -> List.of();
      case CHECK_INDEX, CHECK_SESSION, CHECK_NOT_EXISTS ->
          List.of(Demand.of(Resource.KEY, kv.key(), Access.READ));
      case DELETE_TREE -> List.of(Demands.below(kv.key(), Access.WRITE));
      case SET, CAS, LOCK, UNLOCK, DELETE, DELETE_CAS ->
          List.of(Demand.of(Resource.KEY, kv.key(), Access.WRITE));
    };
  }

  /** A delete finds it by its id, whatever name is given. */
  private static List<Demand> service(
      TxnOp.OnService op, List<TxnOp> before, StateVersion version) {
    Service given = op.service();
    String id = Demands.idOf(given.id(), given.name());
    List<Demand> demands = new ArrayList<>();
    if (!given.name().isEmpty()) {
      demands.addAll(Demands.service(given.node(), given, version));
    } else {
      demands.addAll(Demands.owner(given.node(), id, version));
    }
    for (String written : written(given.node(), id, before)) {
      demands.add(Demand.of(Resource.SERVICE, written, Access.WRITE));
    }
    return demands;
  }

  private static List<Demand> check(TxnOp.OnCheck op, List<TxnOp> before, StateVersion version) {
    Check given = op.check();
    String id = Demands.idOf(given.id(), given.name());
    Check stored = version.checks().get(CheckKey.of(given.node(), id));
    boolean sets = op.verb() == TxnOp.Verb.SET || op.verb() == TxnOp.Verb.CAS;
    List<Demand> demands = new ArrayList<>();
    if (!sets) { // by its id, whatever else is given
      demands.addAll(
          Demands.owner(given.node(), stored == null ? "" : stored.serviceId(), version));
      return demands;
    }
    List<String> written =
        given.serviceId().isEmpty() ? List.of() : written(given.node(), given.serviceId(), before);
    String last = written.isEmpty() ? null : written.get(written.size() - 1);
    demands.addAll(Demands.check(given.node(), given, last, version));
    return demands;
  }

  /** The names that operations before give to a service, in their order. */
  private static List<String> written(String node, String id, List<TxnOp> before) {
    List<String> names = new ArrayList<>();
    for (TxnOp op : before) {
      if (op instanceof TxnOp.OnService other
          && !other.readOnly()
          && Names.same(other.service().node(), node)
          && Names.same(Demands.idOf(other.service().id(), other.service().name()), id)
          && !other.service().name().isEmpty()) {
        names.add(other.service().name());
      }
    }
    return names;
  }

  // ---- what it read or wrote

  /** Whether a row of a transaction's results may be shown. */
  static boolean mayShow(TxnOutcome.Row row, Authorizer authorizer) {
    if (row.kv() != null) {
      return authorizer.allows(Resource.KEY, row.kv().key(), Access.READ);
    } else if (row.node() != null) {
      Node node = row.node();
      return authorizer.allows(Resource.NODE, node.name(), Access.READ);
    } else if (row.service() != null) {
      return authorizer.allows(Resource.SERVICE, row.service().name(), Access.READ);
    }
    Check check = row.check();
    return check != null
        && (check.serviceName().isEmpty()
            ? authorizer.allows(Resource.NODE, check.node(), Access.READ)
            : authorizer.allows(Resource.SERVICE, check.serviceName(), Access.READ));
  }

  /** The same outcome without the rows that may not be shown; the same object when all may. */
  public static TxnOutcome shown(TxnOutcome outcome, Authorizer authorizer) {
    List<TxnOutcome.Row> kept = Sieve.keep(outcome.results(), row -> mayShow(row, authorizer));
    return kept == outcome.results() ? outcome : new TxnOutcome(kept, outcome.errors());
  }
}
