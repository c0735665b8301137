package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcollections.TreePMap;

/** What must hold for any commands, whatever the rules of Consul are. */
class StateMachineInvariantsTest {
  private static final int COMMANDS = 1_500;

  /** A client that blocks on the index of its last answer misses no change. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatAnAnswerShowsNeverChangesWithoutANewIndexAndAWakeUp(long seed) {
    RandomCommands random = new RandomCommands(seed);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    Set<Query<?>> distinct = new LinkedHashSet<>();
    for (int i = 0; i < 200; i++) {
      distinct.add(random.query());
    }
    List<Watched> queries = new ArrayList<>();
    distinct.forEach(query -> queries.add(new Watched(query, machine)));
    for (long index = 1; index <= COMMANDS; index++) {
      machine.apply(index, random.next(index));
      for (Watched query : queries) {
        query.check(index);
      }
    }
    assertThat(machine.watches().open()).isEqualTo(queries.size());
    queries.forEach(query -> query.watch.cancel());
    assertThat(machine.watches().open()).isZero();
    assertThat(machine.watches().registered()).isEmpty();
  }

  private static final class Watched {
    final Query<?> query;
    final StateMachine machine;
    final AtomicInteger woken = new AtomicInteger();
    Watches.Watch watch;
    QueryResult last;

    Watched(Query<?> query, StateMachine machine) {
      this.query = query;
      this.machine = machine;
      register();
      last = Queries.evaluate(query, machine.version());
    }

    void register() {
      watch = machine.watches().register(query, woken::incrementAndGet).orElseThrow();
    }

    void check(long at) {
      QueryResult now = Queries.evaluate(query, machine.version());
      String what = query + " at " + at;
      QueryResult remembered = machine.evaluate(query);
      assertThat(remembered.index()).as(what).isEqualTo(now.index());
      assertThat(content(remembered)).as(what).isEqualTo(content(now));
      assertThat(now.index()).as(what).isGreaterThanOrEqualTo(last.index()).isBetween(1L, at);
      if (!content(now).equals(content(last))) {
        assertThat(now.index()).as(what).isEqualTo(at);
        assertThat(woken.get()).as(what).isEqualTo(1);
      }
      if (woken.get() > 0) {
        assertThat(woken.getAndSet(0)).isEqualTo(1);
        register();
      }
      last = now;
    }
  }

  /** The answer without its index; values by their bytes. */
  private static String content(QueryResult result) {
    if (result instanceof QueryResult.KvEntries kv) {
      return kv.entries().stream()
          .map(e -> content(new QueryResult.KvEntryResult(1, e)))
          .toList()
          .toString();
    }
    if (result instanceof QueryResult.KvEntryResult kv) {
      return kv.entry() == null
          ? "absent"
          : kv.entry().key()
              + Arrays.toString(kv.entry().value())
              + kv.entry().flags()
              + kv.entry().session()
              + kv.entry().lockIndex()
              + kv.entry().modifyIndex();
    }
    return result.toString().replaceFirst("index=\\d+", "");
  }

  /** Servers of one cluster may run in different places: texts of results are the same. */
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "tr-TR", "th-TH-u-nu-thai"})
  void resultsDoNotDependOnTheLocale(String elsewhere) {
    List<String> here = results(31);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(elsewhere));
    try {
      assertThat(results(31)).isEqualTo(here);
    } finally {
      Locale.setDefault(before);
    }
  }

  private static List<String> results(long seed) {
    RandomCommands random = new RandomCommands(seed);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    List<String> results = new ArrayList<>();
    for (long index = 1; index <= COMMANDS; index++) {
      CommandResult result = machine.apply(index, random.next(index));
      results.add(
          result instanceof CommandResult.TxnDone txn
              ? NaiveState.text(txn.outcome())
              : result.toString());
    }
    results.add(StateDigest.of(machine.version()));
    return results;
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void tablesPlusReplayIsFullReplay(long seed) {
    RandomCommands random = new RandomCommands(seed);
    StateMachine full = new StateMachine(StateVersion.EMPTY);
    SavedTables tables = new SavedTables();
    StateMachine restarted = null;
    for (long index = 1; index <= COMMANDS; index++) {
      Command command = random.next(index);
      CommandResult result = full.apply(index, command);
      if (restarted != null) {
        assertThat(restarted.apply(index, command)).isEqualTo(result);
      }
      if (index % 97 == 0 && full.restoring() == null) {
        tables.save(full.version(), full.drainTouched());
        restarted = new StateMachine(tables.load());
      }
      if (index % 31 == 0 && restarted != null) {
        assertThat(StateDigest.of(restarted.version())).isEqualTo(StateDigest.of(full.version()));
      }
    }
  }

  /** Saves only what was touched, as the storage room does. */
  private static final class SavedTables {
    private StateVersion saved = StateVersion.EMPTY;

    void save(StateVersion version, Touched touched) {
      Tables old = saved.tables();
      Tables now = version.tables();
      saved =
          new StateVersion(
              version.appliedIndex(),
              new Tables(
                  merge(old.nodes(), now.nodes(), touched.nodes()),
                  merge(old.services(), now.services(), touched.services()),
                  merge(old.checks(), now.checks(), touched.checks()),
                  merge(old.kv(), now.kv(), touched.keys()),
                  merge(old.tombstones(), now.tombstones(), touched.tombstones()),
                  merge(old.indexes(), now.indexes(), touched.indexes()),
                  merge(old.sessions(), now.sessions(), touched.sessions()),
                  merge(old.lockDelays(), now.lockDelays(), touched.lockDelays()),
                  merge(old.preparedQueries(), now.preparedQueries(), touched.preparedQueries()),
                  merge(old.coordinates(), now.coordinates(), touched.coordinates()),
                  merge(old.autopilot(), now.autopilot(), touched.autopilot()),
                  merge(old.access(), now.access(), touched.access())));
    }

    StateVersion load() {
      return saved;
    }

    private static <K, V> TreePMap<K, V> merge(
        TreePMap<K, V> old, TreePMap<K, V> now, Set<K> touched) {
      TreePMap<K, V> merged = old;
      for (K key : touched) {
        merged = now.containsKey(key) ? merged.plus(key, now.get(key)) : merged.minus(key);
      }
      return merged;
    }
  }

  private static Derived with(AccessTable access, Derived d) {
    return new Derived(
        d.nodeIds(),
        d.servicesByName(),
        d.checksByService(),
        d.sessionsByNode(),
        d.keysBySession(),
        d.queriesByName(),
        d.templates(),
        access,
        d.level());
  }

  private static void isSame(AccessTable one, AccessTable other) {
    assertThat(one.rows()).isEqualTo(other.rows());
    for (AccessObject.Kind kind : AccessObject.Kind.values()) {
      assertThat(one.list(kind)).isEqualTo(other.list(kind));
    }
    for (Token token : other.tokens()) {
      assertThat(one.bySecret(token.secret())).isEqualTo(token);
    }
    for (Policy policy : other.policies()) {
      assertThat(one.policyByName(policy.name())).isEqualTo(policy);
    }
    for (Role role : other.roles()) {
      assertThat(one.roleByName(role.name())).isEqualTo(role);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void whatIsDerivedFitsTheTables(long seed) {
    RandomCommands random = new RandomCommands(seed);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (long index = 1; index <= COMMANDS; index++) {
      machine.apply(index, random.next(index));
      if (index % 7 != 0) {
        continue;
      }
      StateVersion now = machine.version();
      Derived derived = Derived.of(now.tables());
      isSame(now.access(), derived.access());
      assertThat(now.derived()).isEqualTo(with(now.access(), derived));
      now.nodes().forEach((key, node) -> assertThat(key).isEqualTo(node.key()));
      now.services()
          .forEach(
              (key, service) -> {
                assertThat(key).isEqualTo(service.key());
                assertThat(now.nodes()).containsKey(key.node());
                assertThat(now.indexes()).containsKey(Indexes.ofService(service.name()));
              });
      now.checks()
          .forEach(
              (key, check) -> {
                assertThat(key).isEqualTo(check.key());
                assertThat(now.nodes()).containsKey(key.node());
                assertThat(
                        check.serviceId().isEmpty()
                            || now.services()
                                .containsKey(ServiceKey.of(check.node(), check.serviceId())))
                    .isTrue();
              });
      now.sessions()
          .forEach(
              (key, session) -> {
                assertThat(now.nodes()).containsKey(Names.fold(session.node()));
                for (String id : session.checks()) {
                  assertThat(now.checks().get(CheckKey.of(session.node(), id)).status())
                      .isNotEqualTo("critical");
                }
              });
      assertThat(now.sessions().keySet()).containsAll(now.derived().keysBySession().keySet());
      now.derived()
          .keysBySession()
          .values()
          .forEach(keys -> keys.forEach(k -> assertThat(now.lockDelays()).doesNotContainKey(k)));
      now.coordinates().keySet().forEach(key -> assertThat(now.nodes()).containsKey(key.node()));
      assertThat(now.indexes().keySet().stream().filter(name -> name.startsWith("service.")))
          .hasSameSizeAs(now.derived().servicesByName().keySet());
    }
  }
}
