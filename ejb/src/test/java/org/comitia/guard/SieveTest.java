package org.comitia.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.access.Token;
import org.comitia.state.Check;
import org.comitia.state.Coordinate;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.RandomCommands;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.Test;

/** What is left of results: nothing that may not be seen, and all else. */
class SieveTest {
  private static final List<String> NAMES =
      List.of(
          "a", "a/", "a/b", "a/b/c", "a/b/d", "a/c", "b", "b/x", "é", "é/1", "zé", "n1", "N1", "n2",
          "n3", "node-4", "web", "Web", "db", "cache", "q1", "");

  private interface Look {
    void at(Query<?> query, QueryResult whole, StateVersion version, SomeRights rights);
  }

  /** Random states and questions of each kind. */
  private static void forRandomResults(Look look) {
    for (int seed = 0; seed < 150; seed++) {
      StateMachine machine = new StateMachine(StateVersion.EMPTY);
      RandomCommands commands = new RandomCommands(seed, false);
      for (long index = 1; index < 150; index++) {
        machine.apply(index, commands.next(index - 1));
      }
      for (int i = 0; i < 60; i++) {
        SomeRights rights = SomeRights.random(new Random(seed * 1_000L + i), NAMES);
        List<Query<?>> asked = new ArrayList<>(List.of(commands.query(), commands.query()));
        asked.add(commands.reads(150));
        asked.add(new Query.PreparedQueryExecute(i % 2 == 0 ? "web" : "web-1", i % 4 < 2));
        for (Query<?> query : asked) {
          StateVersion version = machine.version();
          look.at(query, Queries.evaluate(query, version), version, rights);
        }
      }
    }
  }

  private static <R extends QueryResult> Sieve.Sifted<R> sift(
      Query<R> query, QueryResult whole, StateVersion version, Authorizer rights) {
    return Sieve.sift(
        query,
        query.result().cast(whole),
        new Sieve.View(version, rights, "", false, secret -> rights));
  }

  @Test
  void everyKindOfQueryAndResultIsMet() {
    Set<Class<?>> queries = new HashSet<>();
    Set<Class<?>> results = new HashSet<>();
    forRandomResults(
        (query, whole, version, rights) -> {
          queries.add(query.getClass());
          results.add(whole.getClass());
        });
    assertThat(queries).containsExactlyInAnyOrder(Query.class.getPermittedSubclasses());
    assertThat(results).containsExactlyInAnyOrder(QueryResult.class.getPermittedSubclasses());
  }

  @Test
  void nothingIsLeftThatMayNotBeSeen() {
    forRandomResults(
        (query, whole, version, rights) -> {
          Sieve.Sifted<?> sifted = sift(query, whole, version, rights);
          if (sifted.missing() == null) {
            List<Object> rows = new ArrayList<>();
            walk(sifted.result(), rows);
            boolean single = query instanceof Query.TxnRead;
            if (sifted.result() instanceof QueryResult.ServiceNames names) {
              assertThat(names.tagsByName().keySet())
                  .allMatch(name -> rights.allows(Resource.SERVICE, name, Access.READ));
            } else if (sifted.result() instanceof QueryResult.KvKeyList keys
                && query instanceof Query.KvKeys asked
                && asked.separator().isEmpty()) {
              assertThat(keys.keys())
                  .allMatch(key -> rights.allows(Resource.KEY, key, Access.READ));
            }
            for (Object row : rows) {
              assertThat(maySee(row, rights, single))
                  .as("%s of %s with %s", row, query, rights)
                  .isTrue();
            }
          } else {
            assertThat(sifted.result()).isNull();
            assertThat(sifted.missing().isMetBy(rights)).isFalse();
          }
        });
  }

  /** Who may see all gets the very object; who may not does not, unless nothing was hidden. */
  @Test
  void whatIsNotFilteredIsTheSameObject() {
    Authorizer everything = new SomeRights(Access.WRITE);
    forRandomResults(
        (query, whole, version, rights) -> {
          Sieve.Sifted<?> all = sift(query, whole, version, everything);
          if (!(query instanceof Query.TxnRead)) {
            assertThat(all.result()).as("%s", query).isSameAs(whole);
          }
          assertThat(all.filtered()).isFalse();
          Sieve.Sifted<?> some = sift(query, whole, version, rights);
          if (some.missing() == null && some.filtered()) {
            assertThat(some.result()).isNotSameAs(whole);
          }
        });
  }

  /** Not one row more is taken out than has to be. */
  @Test
  void allIsLeftThatMayBeSeen() {
    forRandomResults(
        (query, whole, version, rights) -> {
          Sieve.Sifted<?> sifted = sift(query, whole, version, rights);
          if (sifted.missing() != null
              || query instanceof Query.TxnRead
              || query instanceof Query.PreparedQueryExecute
              || query instanceof Query.PreparedQueryGet
              || query instanceof Query.NodeDump
              || query instanceof Query.NodeServices
              || query instanceof Query.KvKeys) {
            return; // rows within rows, or none; others look at these
          }
          assertThat(tops(sifted.result()))
              .as("%s with %s", query, rights)
              .hasSize((int) tops(whole).stream().filter(row -> maySeeWhole(row, rights)).count());
        });
  }

  @Test
  void ofANodeThatMayBeSeenThoseServicesAreLeftThatMayBeSeen() {
    forRandomResults(
        (query, whole, version, rights) -> {
          if (whole instanceof QueryResult.NodeWithServices all && all.node() != null) {
            QueryResult.NodeWithServices left =
                (QueryResult.NodeWithServices) sift(query, whole, version, rights).result();
            boolean seen = rights.allows(Resource.NODE, all.node().name(), Access.READ);
            assertThat(left.node()).isEqualTo(seen ? all.node() : null);
            assertThat(left.services())
                .isEqualTo(
                    all.services().stream()
                        .filter(
                            one -> seen && rights.allows(Resource.SERVICE, one.name(), Access.READ))
                        .toList());
          }
        });
  }

  private static List<Object> tops(QueryResult result) {
    for (RecordComponent part : result.getClass().getRecordComponents()) {
      Object value = value(part, result);
      if (value instanceof List<?> list) {
        return new ArrayList<>(list);
      } else if (value instanceof Map<?, ?> map && result instanceof QueryResult.ServiceNames) {
        return new ArrayList<>(map.keySet());
      }
    }
    return List.of();
  }

  private static boolean maySeeWhole(Object row, SomeRights rights) {
    if (row instanceof String service) {
      return rights.allows(Resource.SERVICE, service, Access.READ);
    } else if (row instanceof PreparedQuery query) {
      boolean named = !query.name().isEmpty() || query.isTemplate();
      return rights.allows(Resource.ACL, "", Access.WRITE)
          || (named && rights.allows(Resource.QUERY, query.name(), Access.READ));
    } else if (row instanceof Service service) { // of a node that is shown
      return rights.allows(Resource.SERVICE, service.name(), Access.READ)
          && rights.allows(Resource.NODE, service.node(), Access.READ);
    } else if (row instanceof QueryResult.HealthInstance one) {
      return maySee(one.node(), rights, false) && maySee(one.service(), rights, true);
    } else if (row instanceof QueryResult.Instance one) {
      return maySee(one.node(), rights, false) && maySee(one.service(), rights, true);
    } else if (row instanceof Token || row instanceof org.comitia.access.AccessObject) {
      return true;
    }
    return maySee(row, rights, false);
  }

  /**
   * @param single whether a service is shown by itself, as transactions do
   */
  private static boolean maySee(Object row, SomeRights rights, boolean single) {
    boolean manages = rights.allows(Resource.ACL, "", Access.WRITE);
    if (row instanceof KvEntry entry) {
      return rights.allows(Resource.KEY, entry.key(), Access.READ);
    } else if (row instanceof Node node) {
      return rights.allows(Resource.NODE, node.name(), Access.READ);
    } else if (row instanceof Service service) {
      return rights.allows(Resource.SERVICE, service.name(), Access.READ);
    } else if (row instanceof Check check) {
      boolean node = rights.allows(Resource.NODE, check.node(), Access.READ);
      return check.serviceName().isEmpty()
          ? node
          : rights.allows(Resource.SERVICE, check.serviceName(), Access.READ) && (single || node);
    } else if (row instanceof Session session) {
      return rights.allows(Resource.SESSION, session.node(), Access.READ);
    } else if (row instanceof Coordinate coordinate) {
      return rights.allows(Resource.NODE, coordinate.node(), Access.READ);
    } else if (row instanceof PreparedQuery query) {
      return manages || query.token().isEmpty() || query.token().equals(Sieve.HIDDEN);
    } else if (row instanceof Token token) {
      return manages
          || token.secret().equals(Sieve.HIDDEN)
          || token.id().equals(Token.ANONYMOUS); // asked for by itself
    }
    return true;
  }

  private static void walk(Object value, List<Object> rows) {
    if (value instanceof Collection<?> many) {
      many.forEach(one -> walk(one, rows));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(one -> walk(one, rows));
    } else if (value instanceof QueryResult.HealthInstance one) { // its checks are part of it
      rows.add(one.node());
      rows.add(one.service());
    } else if (value instanceof Record) {
      rows.add(value);
      Arrays.stream(value.getClass().getRecordComponents())
          .forEach(part -> walk(value(part, value), rows));
    }
  }

  private static Object value(RecordComponent part, Object of) {
    try {
      part.getAccessor().setAccessible(true);
      return part.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  // ---- keys

  private static StateVersion keys() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    long index = 0;
    for (String key : List.of("a/b/x", "a/c/y", "a/d")) {
      machine.apply(++index, new org.comitia.state.Command.KvPut(key, new byte[1], 0, null));
    }
    return machine.version();
  }

  /** A folder may be seen because of what is in it, not because of its own name. */
  @Test
  void aFolderIsShownForTheKeysInIt() {
    SomeRights rights =
        new SomeRights(Access.DENY)
            .with(Resource.KEY, "a/c/y", Access.READ)
            .with(Resource.KEY, "a/b/", Access.READ);
    Query.KvKeys query = new Query.KvKeys("a/", "/");
    Sieve.Sifted<QueryResult.KvKeyList> sifted =
        sift(query, Queries.evaluate(query, keys()), keys(), rights);
    assertThat(sifted.result().keys()).containsExactly("a/c/");
    assertThat(sifted.filtered()).isTrue();
  }

  @Test
  void aListingNeedsTheRightToListWhereThatIsThePolicy() {
    Query.KvList query = new Query.KvList("a/");
    SomeRights reads = new SomeRights(Access.READ);
    Sieve.View view = new Sieve.View(keys(), reads, "", true, secret -> null);
    assertThat(Sieve.sift(query, Queries.evaluate(query, keys()), view).missing())
        .isEqualTo(Demand.prefix(Resource.KEY, "a/", Access.LIST));
    Sieve.View lists =
        new Sieve.View(keys(), new SomeRights(Access.LIST), "", true, secret -> null);
    assertThat(Sieve.sift(query, Queries.evaluate(query, keys()), lists).missing()).isNull();
  }

  @Test
  void aViewHidesItsSecret() {
    Sieve.View view =
        new Sieve.View(keys(), new SomeRights(Access.READ), "secret", true, secret -> null);
    assertThat(view.toString()).doesNotContain("secret");
  }
}
