package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.CatalogStore.Point;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.RandomCommands;
import org.comitia.state.Service;
import org.comitia.state.Service.ServiceAddress;
import org.comitia.state.Session;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.state.Touched;
import org.comitia.wire.SnapshotChunks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcollections.TreePMap;

/** What every database must keep of the saved tables; one subclass a database. */
abstract class CatalogContract {
  private static final AutopilotConfig AUTOPILOT =
      new AutopilotConfig(false, 1, 2, 3, 4, "zone\uDCFF", true, "v", 5, 6);

  private static final String ODD = "a%2Fb\\x\u0000\uDCFFz\uD83D\uDE00\"'";

  private static final AccessObject TOKEN =
      new Token(
          "AAAA1111-0000-0000-0000-000000000001",
          "a secret",
          ODD,
          List.of("p", ODD),
          List.of("r"),
          List.of(new ServiceIdentity("web", List.of("dc1", ODD))),
          List.of(new NodeIdentity("n1", "dc1")),
          true,
          "method",
          Long.MAX_VALUE,
          -1,
          8,
          9);

  @TempDir Path raftDir;
  CatalogStore store;

  abstract TestDatabase database();

  @BeforeEach
  void openStore() throws Exception {
    store = StorageFactory.openCatalog(database().dataSource(Unit.CATALOG, raftDir), raftDir);
  }

  @AfterEach
  void closeStore() {
    if (store != null) {
      store.close();
    }
  }

  private void restart() throws Exception {
    store.close();
    openStore();
  }

  static Point point(long index) {
    ServerId id = new ServerId(new UUID(1, 2), new UUID(3, 4));
    return new Point(
        index,
        3,
        new UUID(5, 6),
        new Configuration(List.of(new Server(id, "n1", "127.0.20.1:8300", true))),
        1);
  }

  static StateVersion full(long index) {
    Node node =
        new Node(
            "id",
            "N1",
            "10.0.0.1",
            "dc1",
            Map.of("lan", "10.0.0.1"),
            Map.of("k", "\uD800" + ODD),
            1,
            2);
    Service service =
        new Service(
            "N1",
            ODD,
            "web",
            "",
            List.of("v1", ODD),
            "",
            Map.of("lan", new ServiceAddress("10.0.0.1", 80)),
            Map.of(),
            8080,
            "/run/" + ODD,
            1,
            2,
            true,
            "{\"DestinationServiceName\":\"" + ODD + "\"}",
            "{\"Native\":true}",
            3,
            4);
    Check check =
        new Check(
            "n1",
            "c",
            "name",
            "passing",
            "notes",
            "output\n\uD800" + ODD,
            ODD,
            "web",
            List.of(),
            "http",
            "10s",
            "1s",
            81,
            definition(),
            5,
            6);
    Session session =
        new Session(
            "ABCD",
            ODD,
            "N1",
            15,
            Session.Behavior.DELETE,
            "10s",
            List.of("serfHealth", ODD),
            List.of("c", "d"),
            5,
            5);
    Coordinate coordinate =
        new Coordinate("N1", ODD, List.of(1.5, -2.25e-7, 0.1), 0.3, -1e300, 1e-5);
    return new StateVersion(
        index,
        new Tables(
            TreePMap.singleton("n1", node),
            TreePMap.singleton(service.key(), service),
            TreePMap.singleton(check.key(), check),
            TreePMap.singleton(ODD, kv(ODD, "value")),
            TreePMap.singleton("gone", 7L),
            TreePMap.singleton("kv", 7L),
            TreePMap.singleton("abcd", session),
            TreePMap.singleton(ODD, new LockDelay(15, 8)),
            TreePMap.singleton("q", query()),
            TreePMap.singleton(coordinate.key(), coordinate),
            TreePMap.singleton(AutopilotConfig.KEY, AUTOPILOT),
            TreePMap.singleton(TOKEN.key(), TOKEN)));
  }

  private static PreparedQuery query() {
    return new PreparedQuery(
        "Q",
        ODD,
        "abcd",
        "token",
        new PreparedQuery.Template("name_prefix_match", "^x(.*)$", true),
        new PreparedQuery.ServiceQuery(
            "web",
            new PreparedQuery.Failover(3, List.of("dc2", ODD)),
            true,
            List.of("c"),
            "_agent",
            List.of("a", "!b"),
            Map.of("k", ODD),
            Map.of("m", "n"),
            true),
        "10s",
        8,
        9);
  }

  private static CheckDefinition definition() {
    return new CheckDefinition(
        "http://x/" + ODD,
        Map.of("x-" + ODD, List.of("a", ODD)),
        "PUT",
        "body",
        true,
        "server",
        true,
        "tcp",
        "udp",
        "grpc",
        true,
        "h2ping",
        true,
        List.of("sh", "-c", ODD),
        "container",
        "/bin/sh",
        "node",
        "service",
        1,
        2,
        3,
        4,
        5);
  }

  private static KvEntry kv(String key, String value) {
    return new KvEntry(key, value.getBytes(StandardCharsets.UTF_8), -1, 2, "session", 3, 4);
  }

  static Touched everything(StateVersion version) {
    return Touched.all(version.tables());
  }

  /** Nothing but these keys. */
  private static StateVersion keysOnly(long index, TreePMap<String, KvEntry> kv) {
    Tables no = Tables.EMPTY;
    return new StateVersion(
        index,
        new Tables(
            no.nodes(),
            no.services(),
            no.checks(),
            kv,
            no.tombstones(),
            no.indexes(),
            no.sessions(),
            no.lockDelays(),
            no.preparedQueries(),
            no.coordinates(),
            no.autopilot(),
            no.access()));
  }

  @Test
  void saysWhetherCommitsAreSynced() {
    assertThat(store.durability().synced()).as(store.durability().summary()).isTrue();
  }

  @Test
  void newTablesAreEmptyAtIndexZero() throws Exception {
    CatalogStore.Saved saved = store.load();

    assertThat(saved.point().appliedIndex()).isZero();
    assertThat(saved.point().cluster()).isNull();
    assertThat(saved.state()).usingRecursiveComparison().isEqualTo(StateVersion.EMPTY);
  }

  @Test
  void whatWasSavedIsLoaded() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));

    restart();

    CatalogStore.Saved saved = store.load();
    assertThat(saved.point()).isEqualTo(point(9));
    assertThat(saved.state()).usingRecursiveComparison().isEqualTo(version);
    assertThat(StateDigest.of(saved.state())).isEqualTo(StateDigest.of(version));
  }

  @Test
  void touchedRowsThatAreGoneAreDeleted() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    StateVersion emptied = new StateVersion(10, Tables.EMPTY);
    Touched touched = Touched.none();
    touched.addAll(everything(version));
    touched.nodes().add("never");

    store.save(point(10), emptied, touched);

    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(emptied);
    assertThat(store.load().point()).isEqualTo(point(10));
  }

  @Test
  void tablesPlusReplayIsFullReplay() throws Exception {
    RandomCommands random = new RandomCommands(77);
    StateMachine full = new StateMachine(StateVersion.EMPTY);
    StateMachine restarted = null;
    for (long index = 1; index <= 2_000; index++) {
      Command command = random.next(index);
      full.apply(index, command);
      if (restarted != null) {
        restarted.apply(index, command);
        assertThat(StateDigest.of(restarted.version())).isEqualTo(StateDigest.of(full.version()));
      }
      if (index % 100 == 0 && full.restoring() == null) { // then nothing is saved
        store.save(point(index), full.version(), full.drainTouched());
        restarted = new StateMachine(store.load().state());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE nodes SET address = '10.0.0.2'",
        "UPDATE services SET port = port + 1",
        "UPDATE checks SET status = 'critical'",
        "UPDATE kv SET flags = 0",
        "UPDATE tombstones SET delete_index = 1",
        "UPDATE indexes SET name = 'nodes'",
        "UPDATE sessions SET node = 'n2'",
        "UPDATE lock_delays SET since_index = 9",
        "UPDATE prepared_queries SET only_passing = 0",
        "UPDATE coordinates SET height = 2e-5",
        "UPDATE autopilot SET min_quorum = 1",
        "UPDATE access SET kind = 'role'",
        "UPDATE saved_point SET applied_index = 8"
      })
  void damageIsNamedAndLeftAlone(String damage) throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    store.close();
    assertThat(database().tamper(Unit.CATALOG, raftDir, damage)).isEqualTo(1);
    String table = damage.split(" ")[1];
    List<String> before = rows(table);
    openStore();

    assertThatThrownBy(store::load)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("table " + table)
        .hasMessageContaining("checksum");
    store.close();
    assertThat(rows(table)).isEqualTo(before);
  }

  @Test
  void aSessionWithoutOneOfItsChecksIsDamaged() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    store.close();
    String damage = "DELETE FROM session_checks WHERE position = 1";
    assertThat(database().tamper(Unit.CATALOG, raftDir, damage)).isEqualTo(1);
    openStore();

    assertThatThrownBy(store::load)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("row session_key=abcd is damaged")
        .hasMessageContaining("session_checks");
  }

  @ParameterizedTest
  @CsvSource({"1, older version, remove raft/catalog.db", "99, newer version, start that version"})
  void tablesOfAnotherFormatAreRefusedWithWhatToDo(long format, String which, String what)
      throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    store.close();
    String tamper = "UPDATE saved_point SET checksum = %d, format_version = %d";
    long checksum = SavedPointRow.checksumOf(point(9), format);
    assertThat(database().tamper(Unit.CATALOG, raftDir, tamper.formatted(checksum, format)))
        .isEqualTo(1);
    openStore();

    assertThatThrownBy(store::load)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(which)
        .hasMessageContaining("format " + format)
        .hasMessageContaining(what);
  }

  /** Format 2, whose services had neither proxy nor connect. */
  @Test
  void tablesOfTheVersionBeforeAreReadAndWrittenOn() throws Exception {
    StateVersion version = withoutMesh(full(9));
    store.save(point(9), version, everything(version));
    store.close();
    for (String column : List.of("proxy", "connect")) {
      database().tamper(Unit.CATALOG, raftDir, "ALTER TABLE services DROP COLUMN " + column);
    }
    String older = "UPDATE saved_point SET checksum = %d, format_version = 2";
    database()
        .tamper(Unit.CATALOG, raftDir, older.formatted(SavedPointRow.checksumOf(point(9), 2)));
    openStore();

    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
    StateVersion next = full(10);
    store.save(point(10), next, everything(next));
    restart();
    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(next);
    assertThat(rows("saved_point").get(0)).startsWith("1|3|10|");
  }

  /** Rows in all tables, with other keys than {@link #full}. */
  static StateVersion random() {
    RandomCommands random = new RandomCommands(78, false);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (long index = 1; index <= 10_000; index++) {
      machine.apply(index, random.next(index));
      if (index > 1_000 && !SnapshotChunks.rowCounts(machine.version()).contains(0)) {
        return machine.version();
      }
    }
    throw new AssertionError("no state with rows in all tables");
  }

  @Test
  void aSnapshotsTablesTakeThePlaceOfAllThatWasThere() throws Exception {
    StateVersion before = random();
    store.save(point(before.appliedIndex()), before, everything(before));
    StateVersion snapshot = full(20_009);
    store.replace(point(20_009).installed(), snapshot);

    restart();
    CatalogStore.Saved saved = store.load();
    assertThat(saved.point()).isEqualTo(point(20_009).installed());
    assertThat(saved.point().fromSnapshot()).isTrue();
    assertThat(StateDigest.of(saved.state())).isEqualTo(StateDigest.of(snapshot));
    assertThat(rows("session_checks")).hasSize(4);

    StateVersion next = new StateVersion(20_010, snapshot.tables());
    store.save(point(20_010), next, Touched.none());
    restart();
    assertThat(store.load().point()).isEqualTo(point(20_010));
    assertThat(store.load().point().fromSnapshot()).isFalse();
    assertThat(StateDigest.of(store.load().state())).isEqualTo(StateDigest.of(next));
  }

  @Test
  void aFailedReplaceChangesNothing() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    CatalogStore.Point impossible = new CatalogStore.Point(10, 1, point(9).cluster(), null, 1);
    StateVersion other = keysOnly(10, TreePMap.singleton("other", kv("other", "value")));

    assertThatThrownBy(() -> store.replace(impossible, other)).isInstanceOf(StoreException.class);

    assertThat(store.load().point()).isEqualTo(point(9));
    assertThat(StateDigest.of(store.load().state())).isEqualTo(StateDigest.of(version));
  }

  /** The column came without a new format: it says nothing while no snapshot has come. */
  @Test
  void tablesThatDoNotTellTheirOriginAreRead() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    store.close();
    database().tamper(Unit.CATALOG, raftDir, "ALTER TABLE saved_point DROP COLUMN origin");
    openStore();

    assertThat(store.load().point()).isEqualTo(point(9));
    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
    store.replace(point(10).installed(), full(10));
    restart();
    assertThat(store.load().point().fromSnapshot()).isTrue();
  }

  /** So that the build before reads them until a feature level is in force, and not after that. */
  @Test
  void theFormatIsTheOneBeforeUntilAFeatureLevelIsInForce() throws Exception {
    StateMachine machine = new StateMachine(full(9));
    store.save(point(9), machine.version(), everything(machine.version()));
    store.close();
    assertThat(rows("saved_point").get(0)).startsWith("1|3|9|");

    openStore();
    machine.apply(10, new Command.RaiseLevel(1));
    store.save(point(10), machine.version(), machine.drainTouched());
    store.close();
    assertThat(rows("saved_point").get(0)).startsWith("1|4|10|");
    assertThat(rows("indexes")).anyMatch(row -> row.startsWith("feature-level-1|10"));

    openStore();
    machine.apply(11, new Command.RaiseLevel(2));
    store.save(point(11), machine.version(), machine.drainTouched());
    store.close();
    assertThat(rows("saved_point").get(0)).startsWith("1|5|11|");

    openStore();
    machine.apply(12, new Command.RaiseLevel(3));
    store.save(point(12), machine.version(), machine.drainTouched());
    store.close();
    assertThat(rows("saved_point").get(0)).startsWith("1|6|12|");

    openStore();
    StateVersion loaded = store.load().state();
    assertThat(loaded.level()).isEqualTo(3);
    assertThat(StateDigest.of(loaded)).isEqualTo(StateDigest.of(machine.version()));
  }

  /** As a build leaves them that knows format 4. */
  @Test
  void tablesFromBeforeAutopilotGetItsTable() throws Exception {
    StateVersion version = withoutAutopilot(full(9));
    store.save(point(9), version, everything(version));
    store.close();
    database().tamper(Unit.CATALOG, raftDir, "DROP TABLE autopilot");
    database()
        .tamper(
            Unit.CATALOG,
            raftDir,
            "UPDATE saved_point SET format_version = 4, checksum = "
                + SavedPointRow.checksumOf(point(9), 4));
    openStore();

    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
    store.replace(point(10), full(10));
    restart();
    assertThat(store.load().state().autopilot()).isEqualTo(AUTOPILOT);
  }

  /** As a build leaves them that knows format 5. */
  @Test
  void tablesFromBeforeAccessControlGetItsTable() throws Exception {
    Tables full = full(9).tables();
    StateVersion version = new StateVersion(9, without(full, full.autopilot()));
    store.save(point(9), version, everything(version));
    store.close();
    database().tamper(Unit.CATALOG, raftDir, "DROP TABLE access");
    database()
        .tamper(
            Unit.CATALOG,
            raftDir,
            "UPDATE saved_point SET format_version = 5, checksum = "
                + SavedPointRow.checksumOf(point(9), 5));
    openStore();

    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
    store.replace(point(10), full(10));
    restart();
    assertThat(store.load().state().access().rows()).containsExactly(Map.entry(TOKEN.key(), TOKEN));
  }

  private static Tables without(Tables t, TreePMap<String, AutopilotConfig> autopilot) {
    return new Tables(
        t.nodes(),
        t.services(),
        t.checks(),
        t.kv(),
        t.tombstones(),
        t.indexes(),
        t.sessions(),
        t.lockDelays(),
        t.preparedQueries(),
        t.coordinates(),
        autopilot,
        Tables.EMPTY.access());
  }

  private static StateVersion withoutAutopilot(StateVersion version) {
    return new StateVersion(
        version.appliedIndex(), without(version.tables(), Tables.EMPTY.autopilot()));
  }

  private static StateVersion withoutMesh(StateVersion version) {
    Service s = version.services().values().iterator().next();
    Service plain =
        new Service(
            s.node(),
            s.id(),
            s.name(),
            s.kind(),
            s.tags(),
            s.address(),
            s.taggedAddresses(),
            s.meta(),
            s.port(),
            s.socketPath(),
            s.weightPassing(),
            s.weightWarning(),
            s.enableTagOverride(),
            "",
            "",
            s.createIndex(),
            s.modifyIndex());
    Tables t = version.tables();
    return new StateVersion(
        version.appliedIndex(),
        new Tables(
            t.nodes(),
            TreePMap.singleton(plain.key(), plain),
            t.checks(),
            t.kv(),
            t.tombstones(),
            t.indexes(),
            t.sessions(),
            t.lockDelays(),
            t.preparedQueries(),
            t.coordinates(),
            t.autopilot(),
            t.access()));
  }

  @Test
  void anybodyMayReadWhileTheServerRuns() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));

    assertThat(rows("nodes").get(0)).contains("N1", "10.0.0.1", "dc1");
    assertThat(rows("services").get(0)).contains("web", "8080");
    assertThat(rows("kv").get(0)).contains("a%2Fb\\\\x\\x00\\xFF");
    assertThat(rows("saved_point").get(0)).contains("127.0.20.1:8300");
    try (Connection reader = database().dataSource(Unit.CATALOG, raftDir).getConnection();
        Statement statement = reader.createStatement();
        ResultSet open = statement.executeQuery("SELECT name FROM nodes")) {
      assertThat(open.next()).isTrue();

      store.save(point(10), version, everything(version)); // a reader holds no writer up
    }
    assertThat(store.load().point().appliedIndex()).isEqualTo(10);
  }

  private List<String> rows(String table) throws Exception {
    List<String> rows = new ArrayList<>();
    try (Connection connection = database().dataSource(Unit.CATALOG, raftDir).getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
      while (row.next()) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          text.append(row.getString(i)).append('|');
        }
        rows.add(text.toString());
      }
    }
    return rows;
  }

  @Test
  void aFailedSaveChangesNothing() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    StateVersion next = keysOnly(10, TreePMap.singleton("bad", kv("bad", "value")));
    Touched touched = Touched.none();
    touched.nodes().add("n1");
    touched.keys().add("bad");
    CatalogStore.Point impossible = // the point is written last, and NULL is refused
        new CatalogStore.Point(10, 1, point(9).cluster(), null, 1);

    assertThatThrownBy(() -> store.save(impossible, next, touched))
        .isInstanceOf(StoreException.class);

    assertThat(store.load().point()).isEqualTo(point(9));
    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
  }

  @Test
  void manyRowsAreSavedAtOnce() throws Exception {
    TreePMap<String, KvEntry> kv = TreePMap.empty();
    for (int i = 0; i < 1000; i++) {
      kv = kv.plus("key/" + i, kv("key/" + i, "value" + i));
    }
    StateVersion version = keysOnly(1000, kv);

    store.save(point(1000), version, everything(version));
    store.save(point(1001), version, everything(version));

    assertThat(store.load().state().kv()).usingRecursiveComparison().isEqualTo(kv);
  }

  /** A state of 300,000 services would else be 300,000 statements that delete nothing. */
  @Test
  void replacingDeletesEachTableWithOneStatement() throws Exception {
    StateVersion before = full(9);
    store.save(point(9), before, everything(before));
    RandomCommands random = new RandomCommands(79);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (long index = 1; index <= 1_000; index++) {
      machine.apply(index, random.next(index));
    }
    StateVersion version = machine.version();
    assertThat(version.services()).hasSizeGreaterThan(1);
    store.close();
    List<String> prepared = new ArrayList<>();
    DataSource dataSource = database().dataSource(Unit.CATALOG, raftDir);
    store = StorageFactory.openCatalog(spied(DataSource.class, dataSource, prepared), raftDir);

    store.replace(point(1_000), version);

    assertThat(prepared).filteredOn(sql -> sql.startsWith("delete")).hasSize(14);
    assertThat(store.load().point()).isEqualTo(point(1_000));
    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(version);
  }

  /** Notes every statement that is prepared on connections from here. */
  private static <T> T spied(Class<T> type, T target, List<String> prepared) {
    InvocationHandler handler =
        (proxy, method, args) -> {
          if (method.getName().equals("prepareStatement")) {
            prepared.add((String) args[0]);
          }
          try {
            Object result = method.invoke(target, args);
            return result instanceof Connection c ? spied(Connection.class, c, prepared) : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(
            CatalogContract.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
