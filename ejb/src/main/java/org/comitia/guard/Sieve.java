package org.comitia.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.comitia.access.Access;
import org.comitia.access.AccessObject;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.access.Token;
import org.comitia.state.Check;
import org.comitia.state.Keys;
import org.comitia.state.KvEntry;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOutcome;

/**
 * What of a query's result somebody may see. Lists lose rows, silently; what is asked for by its
 * name is refused. A result that nothing is taken from stays the same object, any other is made
 * anew for this authorizer. Pure.
 */
public final class Sieve implements Query.Cases<Sieve.Sifted<?>> {
  /** What Consul shows in the place of a token. */
  static final String HIDDEN = "<hidden>";

  /**
   * What is left.
   *
   * @param filtered whether rows were taken out
   * @param missing what was not fulfilled, and nothing is to be shown; null for nothing
   */
  public record Sifted<R extends QueryResult>(R result, boolean filtered, Demand missing) {}

  /**
   * Who looks at what.
   *
   * @param secret of the token whose authorizer it is; empty for none
   * @param keyListPolicy whether reading below a prefix needs {@code list}
   * @param bySecret what another token may; null for one that is unknown
   */
  public record View(
      StateVersion version,
      Authorizer authorizer,
      String secret,
      boolean keyListPolicy,
      Function<String, Authorizer> bySecret) {
    /** Without the secret, since it may end in a log. */
    @Override
    public String toString() {
      return "View[" + authorizer.accessor() + "]";
    }
  }

  private final QueryResult result;
  private final View view;
  private final Authorizer authorizer;

  private Sieve(QueryResult result, View view) {
    this.result = result;
    this.view = view;
    this.authorizer = view.authorizer();
  }

  /**
   * Sifts a query's result.
   *
   * @param result as the view's version answers the query
   */
  public static <R extends QueryResult> Sifted<R> sift(Query<R> query, R result, View view) {
    Sifted<?> sifted = query.accept(new Sieve(result, view));
    return new Sifted<>(
        sifted.missing == null ? query.result().cast(sifted.result) : null,
        sifted.filtered,
        sifted.missing);
  }

  // ---- what becomes of it

  private Sifted<?> whole() {
    return new Sifted<>(result, false, null);
  }

  private static Sifted<?> missing(Demand demand) {
    return new Sifted<>(null, false, demand);
  }

  private Sifted<?> ifMet(Demand demand) {
    return demand.isMetBy(authorizer) ? whole() : missing(demand);
  }

  /** Those rows that fulfil it; the same list when all do. */
  static <T> List<T> keep(List<T> rows, Predicate<T> may) {
    for (int i = 0; i < rows.size(); i++) {
      if (!may.test(rows.get(i))) {
        List<T> kept = new ArrayList<>(rows.subList(0, i));
        for (T row : rows.subList(i + 1, rows.size())) {
          if (may.test(row)) {
            kept.add(row);
          }
        }
        return kept;
      }
    }
    return rows;
  }

  private <T> Sifted<?> rows(
      List<T> rows, Predicate<T> may, Function<List<T>, QueryResult> withRows) {
    List<T> kept = keep(rows, may);
    return kept == rows ? whole() : new Sifted<>(withRows.apply(kept), true, null);
  }

  private boolean reads(Resource resource, String segment) {
    return authorizer.allows(resource, segment, Access.READ);
  }

  private boolean readsAll(Resource resource) {
    return authorizer.allowsAll(resource, Access.READ);
  }

  private boolean readsCatalog() {
    return readsAll(Resource.NODE) && readsAll(Resource.SERVICE);
  }

  /** A node's own check belongs to no service. */
  private boolean readsService(Check check) {
    return check.serviceName().isEmpty() || reads(Resource.SERVICE, check.serviceName());
  }

  private boolean reads(Check check) {
    return reads(Resource.NODE, check.node()) && readsService(check);
  }

  private boolean reads(QueryResult.HealthInstance instance) {
    return reads(Resource.NODE, instance.node().name())
        && reads(Resource.SERVICE, instance.service().name());
  }

  // ---- keys

  @Override
  public Sifted<?> kvGet(Query.KvGet query) {
    return ifMet(Demand.of(Resource.KEY, query.key(), Access.READ));
  }

  @Override
  public Sifted<?> kvList(Query.KvList query) {
    QueryResult.KvEntries all = (QueryResult.KvEntries) result;
    Demand list = list(query.prefix());
    if (list != null) {
      return missing(list);
    }
    return readsBelow(query.prefix())
        ? whole()
        : rows(
            all.entries(),
            entry -> reads(Resource.KEY, entry.key()),
            kept -> new QueryResult.KvEntries(all.index(), kept));
  }

  /** What is missing for reading below a prefix; null for nothing. */
  private Demand list(String prefix) {
    Demand list = Demands.below(prefix, Access.LIST);
    return view.keyListPolicy() && !list.isMetBy(authorizer) ? list : null;
  }

  private boolean readsBelow(String prefix) {
    return Demands.below(prefix, Access.READ).isMetBy(authorizer);
  }

  /** A folder is shown when one of the keys in it may be read: those are looked at. */
  @Override
  public Sifted<?> kvKeys(Query.KvKeys query) {
    QueryResult.KvKeyList all = (QueryResult.KvKeyList) result;
    Demand list = list(query.prefix());
    if (list != null) {
      return missing(list);
    } else if (readsBelow(query.prefix())) {
      return whole();
    }
    QueryResult.KvEntries entries =
        Queries.evaluate(new Query.KvList(query.prefix()), view.version());
    List<String> keys = new ArrayList<>();
    boolean filtered = false;
    String last = null;
    for (KvEntry entry : entries.entries()) {
      if (!reads(Resource.KEY, entry.key())) {
        filtered = true;
        continue;
      }
      String key = Keys.cut(entry.key(), query.prefix(), query.separator());
      if (!key.equals(last)) {
        keys.add(key);
        last = key;
      }
    }
    return filtered
        ? new Sifted<>(new QueryResult.KvKeyList(all.index(), keys), true, null)
        : whole();
  }

  // ---- the catalog

  @Override
  public Sifted<?> nodes(Query.Nodes query) {
    QueryResult.NodeList all = (QueryResult.NodeList) result;
    return readsAll(Resource.NODE)
        ? whole()
        : rows(
            all.nodes(),
            node -> reads(Resource.NODE, node.name()),
            kept -> new QueryResult.NodeList(all.index(), kept));
  }

  /** A node that may not be seen is as one that is not there. */
  @Override
  public Sifted<?> nodeServices(Query.NodeServices query) {
    QueryResult.NodeWithServices all = (QueryResult.NodeWithServices) result;
    if (all.node() == null || readsCatalog()) {
      return whole();
    } else if (!reads(Resource.NODE, all.node().name())) {
      return new Sifted<>(
          new QueryResult.NodeWithServices(all.index(), null, List.of()), true, null);
    }
    return rows(
        all.services(),
        service -> reads(Resource.SERVICE, service.name()),
        kept -> new QueryResult.NodeWithServices(all.index(), all.node(), kept));
  }

  @Override
  public Sifted<?> services(Query.Services query) {
    QueryResult.ServiceNames all = (QueryResult.ServiceNames) result;
    if (readsAll(Resource.SERVICE)) {
      return whole();
    }
    Map<String, List<String>> kept = new TreeMap<>();
    all.tagsByName()
        .forEach(
            (name, tags) -> {
              if (reads(Resource.SERVICE, name)) {
                kept.put(name, tags);
              }
            });
    return kept.size() == all.tagsByName().size()
        ? whole()
        : new Sifted<>(new QueryResult.ServiceNames(all.index(), kept), true, null);
  }

  @Override
  public Sifted<?> serviceInstances(Query.ServiceInstances query) {
    QueryResult.Instances all = (QueryResult.Instances) result;
    return readsCatalog()
        ? whole()
        : rows(
            all.instances(),
            one ->
                reads(Resource.NODE, one.node().name())
                    && reads(Resource.SERVICE, one.service().name()),
            kept -> new QueryResult.Instances(all.index(), kept));
  }

  private Sifted<?> checks() {
    QueryResult.Checks all = (QueryResult.Checks) result;
    return readsCatalog()
        ? whole()
        : rows(all.checks(), this::reads, kept -> new QueryResult.Checks(all.index(), kept));
  }

  @Override
  public Sifted<?> nodeChecks(Query.NodeChecks query) {
    return checks();
  }

  @Override
  public Sifted<?> serviceChecks(Query.ServiceChecks query) {
    return checks();
  }

  @Override
  public Sifted<?> checksInState(Query.ChecksInState query) {
    return checks();
  }

  private Sifted<?> healthInstances() {
    QueryResult.HealthInstances all = (QueryResult.HealthInstances) result;
    return readsCatalog()
        ? whole()
        : rows(
            all.instances(),
            this::reads,
            kept -> new QueryResult.HealthInstances(all.index(), kept));
  }

  @Override
  public Sifted<?> serviceHealth(Query.ServiceHealth query) {
    return healthInstances();
  }

  @Override
  public Sifted<?> serviceDump(Query.ServiceDump query) {
    return healthInstances();
  }

  @Override
  public Sifted<?> nodeDump(Query.NodeDump query) {
    QueryResult.NodeDumps all = (QueryResult.NodeDumps) result;
    if (readsCatalog()) {
      return whole();
    }
    boolean filtered = false;
    List<QueryResult.NodeDump> dumps = new ArrayList<>();
    for (QueryResult.NodeDump dump : all.nodes()) {
      QueryResult.NodeDump kept = reads(Resource.NODE, dump.node().name()) ? shown(dump) : null;
      filtered |= kept != dump;
      if (kept != null) {
        dumps.add(kept);
      }
    }
    return filtered
        ? new Sifted<>(new QueryResult.NodeDumps(all.index(), dumps), true, null)
        : whole();
  }

  private QueryResult.NodeDump shown(QueryResult.NodeDump dump) {
    List<Service> services =
        keep(dump.services(), service -> reads(Resource.SERVICE, service.name()));
    List<Check> checks = keep(dump.checks(), this::reads);
    return services == dump.services() && checks == dump.checks()
        ? dump
        : new QueryResult.NodeDump(dump.node(), services, checks);
  }

  // ---- sessions

  private Sifted<?> sessions() {
    QueryResult.SessionList all = (QueryResult.SessionList) result;
    return readsAll(Resource.SESSION)
        ? whole()
        : rows(
            all.sessions(),
            (Session session) -> reads(Resource.SESSION, session.node()),
            kept -> new QueryResult.SessionList(all.index(), kept));
  }

  @Override
  public Sifted<?> sessionGet(Query.SessionGet query) {
    return sessions();
  }

  @Override
  public Sifted<?> sessions(Query.Sessions query) {
    return sessions();
  }

  @Override
  public Sifted<?> nodeSessions(Query.NodeSessions query) {
    return sessions();
  }

  // ---- transactions

  @Override
  public Sifted<?> txnRead(Query.TxnRead query) {
    QueryResult.TxnRows all = (QueryResult.TxnRows) result;
    List<TxnOutcome.Error> errors = TxnDemands.errors(query.ops(), view.version(), authorizer);
    if (!errors.isEmpty()) {
      return new Sifted<>(
          new QueryResult.TxnRows(all.index(), new TxnOutcome(List.of(), errors)), false, null);
    }
    TxnOutcome shown = TxnDemands.shown(all.outcome(), authorizer);
    return shown == all.outcome()
        ? whole()
        : new Sifted<>(new QueryResult.TxnRows(all.index(), shown), true, null);
  }

  // ---- prepared queries

  private boolean manages() {
    return authorizer.allows(Resource.ACL, "", Access.WRITE);
  }

  private static PreparedQuery redacted(PreparedQuery query) {
    return query.token().isEmpty() ? query : query.withToken(HIDDEN);
  }

  /** Whoever knows the id of one without a name may see it. */
  @Override
  public Sifted<?> preparedQueryGet(Query.PreparedQueryGet query) {
    QueryResult.PreparedQueryList all = (QueryResult.PreparedQueryList) result;
    if (manages()) {
      return whole();
    }
    for (PreparedQuery one : all.queries()) {
      if (Demands.isNamed(one) && !reads(Resource.QUERY, one.name())) {
        return missing(Demand.of(Resource.QUERY, one.name(), Access.READ));
      }
    }
    return redacted(all, all.queries());
  }

  @Override
  public Sifted<?> preparedQueries(Query.PreparedQueries query) {
    QueryResult.PreparedQueryList all = (QueryResult.PreparedQueryList) result;
    return manages()
        ? whole()
        : redacted(
            all,
            keep(all.queries(), one -> Demands.isNamed(one) && reads(Resource.QUERY, one.name())));
  }

  private Sifted<?> redacted(QueryResult.PreparedQueryList all, List<PreparedQuery> kept) {
    boolean filtered = kept != all.queries();
    boolean secret = kept.stream().anyMatch(one -> !one.token().isEmpty());
    return filtered || secret
        ? new Sifted<>(
            new QueryResult.PreparedQueryList(
                all.index(), kept.stream().map(Sieve::redacted).toList()),
            filtered,
            null)
        : whole();
  }

  /** To carry one out the query's own token counts, if it has one; to look at it, the caller's. */
  @Override
  public Sifted<?> preparedQueryExecute(Query.PreparedQueryExecute query) {
    QueryResult.PreparedQueryAnswer all = (QueryResult.PreparedQueryAnswer) result;
    PreparedQuery found = all.query();
    if (found == null) {
      return whole();
    }
    boolean seen = manages() || !Demands.isNamed(found) || reads(Resource.QUERY, found.name());
    if (query.explain() && !seen) {
      return missing(Demand.of(Resource.QUERY, found.name(), Access.READ));
    }
    Authorizer who = found.token().isEmpty() ? authorizer : view.bySecret().apply(found.token());
    List<QueryResult.HealthInstance> kept =
        who == null
            ? List.of()
            : keep(
                all.instances(),
                one ->
                    who.allows(Resource.NODE, one.node().name(), Access.READ)
                        && who.allows(Resource.SERVICE, one.service().name(), Access.READ));
    PreparedQuery shown = manages() ? found : seen ? redacted(found) : bare(found);
    boolean filtered = kept.size() != all.instances().size();
    return filtered || shown != found
        ? new Sifted<>(
            new QueryResult.PreparedQueryAnswer(all.index(), shown, kept), filtered, null)
        : whole();
  }

  /** What an answer to its execution tells. */
  private static PreparedQuery bare(PreparedQuery query) {
    PreparedQuery.ServiceQuery asked = query.service();
    return new PreparedQuery(
        query.id(),
        "",
        "",
        "",
        PreparedQuery.Template.NONE,
        new PreparedQuery.ServiceQuery(
            asked.service(),
            new PreparedQuery.Failover(0, List.of()),
            false,
            List.of(),
            asked.near(),
            List.of(),
            Map.of(),
            Map.of(),
            false),
        query.dnsTtl(),
        query.createIndex(),
        query.modifyIndex());
  }

  // ---- access

  /** Secrets are shown to those who could set them. */
  private Sifted<?> accessObjects() {
    Demand read = Demand.of(Resource.ACL, Access.READ);
    if (!read.isMetBy(authorizer)) {
      return missing(read);
    } else if (manages()) {
      return whole();
    }
    QueryResult.AccessObjects all = (QueryResult.AccessObjects) result;
    return all.objects().stream().noneMatch(Token.class::isInstance)
        ? whole()
        : new Sifted<>(
            new QueryResult.AccessObjects(
                all.index(), all.objects().stream().map(Sieve::redacted).toList(), all.names()),
            false,
            null);
  }

  private static AccessObject redacted(AccessObject object) {
    return object instanceof Token token ? token.withSecret(HIDDEN) : object;
  }

  @Override
  public Sifted<?> accessGet(Query.AccessGet query) {
    return accessObjects();
  }

  @Override
  public Sifted<?> accessList(Query.AccessList query) {
    return accessObjects();
  }

  /** Everybody may see the token that he shows, with its secret, which he knows. */
  @Override
  public Sifted<?> tokenBySecret(Query.TokenBySecret query) {
    return query.secret().equals(view.secret())
        ? whole()
        : ifMet(Demand.of(Resource.ACL, Access.WRITE));
  }

  // ---- coordinates

  private Sifted<?> coordinatesRead() {
    QueryResult.CoordinateList all = (QueryResult.CoordinateList) result;
    return readsAll(Resource.NODE)
        ? whole()
        : rows(
            all.coordinates(),
            one -> reads(Resource.NODE, one.node()),
            kept -> new QueryResult.CoordinateList(all.index(), kept));
  }

  @Override
  public Sifted<?> coordinates(Query.Coordinates query) {
    return coordinatesRead();
  }

  @Override
  public Sifted<?> nodeCoordinates(Query.NodeCoordinates query) {
    Demand read = Demand.of(Resource.NODE, query.node(), Access.READ);
    return read.isMetBy(authorizer) ? coordinatesRead() : missing(read);
  }
}
