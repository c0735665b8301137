package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plain SQL finds what the stores have written. */
class StoppedServerTest {
  private static final UUID CLUSTER = new UUID(9, 9);

  @TempDir Path folder;

  private static Configuration servers(int... numbers) {
    List<Server> servers = new java.util.ArrayList<>();
    for (int number : numbers) {
      ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
      servers.add(new Server(id, "n" + number, "10.0.0." + number + ":8300", true));
    }
    return new Configuration(servers);
  }

  private static Entry configured(long index, long term, int... numbers) {
    byte[] data = ConfigurationCodec.encode(servers(numbers));
    return new Entry(index, term, Entry.Kind.CONFIGURATION, data);
  }

  private static Entry command(long index, long term) {
    byte[] data = ("c" + index).getBytes(StandardCharsets.UTF_8);
    return new Entry(index, term, Entry.Kind.COMMAND, data);
  }

  private LogStore log() throws Exception {
    return StorageFactory.openLog(new SqliteDatabase().dataSource(Unit.LOG, folder), folder);
  }

  private CatalogStore catalog() throws Exception {
    return StorageFactory.openCatalog(
        new SqliteDatabase().dataSource(Unit.CATALOG, folder), folder);
  }

  @Test
  void itReadsWhatTheStoresHold() throws Exception {
    UUID incarnation;
    try (LogStore log = log();
        CatalogStore catalog = catalog()) {
      incarnation = log.incarnation();
      assertThat(StoppedServer.read(folder))
          .isEqualTo(
              new StoppedServer(
                  null, incarnation, 0, 0, 0, 0, 0, Configuration.EMPTY, false, List.of()));
      log.write(
          List.of(
              new Persist(1, new HardState(3, null), 0, List.of(configured(1, 1, 1, 2, 3))),
              new Persist(2, null, 0, List.of(command(2, 1), configured(3, 3, 1, 2))),
              new Persist(3, null, 0, List.of(command(4, 3), command(5, 3)))),
          Map.of("bootstrap", Bootstrap.recordIn(CLUSTER, null)));
      catalog.save(
          new CatalogStore.Point(2, 1, CLUSTER, servers(1, 2, 3), 1),
          StateVersion.EMPTY,
          Touched.all(StateVersion.EMPTY.tables()));
      StoppedServer read = StoppedServer.read(folder);
      assertThat(read)
          .isEqualTo(
              new StoppedServer(
                  CLUSTER, incarnation, 3, 0, 5, 3, 2, servers(1, 2), false, List.of()));

      LogBase base = new LogBase(4, 3, servers(1, 2), 3);
      log.write(List.of(new Persist(4, null, 0, base, List.of())), Map.of("left", new byte[] {1}));
      assertThat(StoppedServer.read(folder))
          .isEqualTo(
              new StoppedServer(
                  CLUSTER, incarnation, 3, 4, 5, 3, 2, servers(1, 2), true, List.of()));
      log.write(
          List.of(new Persist(5, null, 0, new LogBase(5, 3, servers(1, 2), 3), List.of())),
          Map.of());
      assertThat(StoppedServer.read(folder).lastIndex()).isEqualTo(5);
    }
    byte[] before = Files.readAllBytes(folder.resolve("log.db"));
    StoppedServer.read(folder);
    assertThat(Files.readAllBytes(folder.resolve("log.db"))).as("unchanged").isEqualTo(before);
  }

  @Test
  void whatASnapshotBroughtCountsThoughTheLogDoesNotLeadThereYet() throws Exception {
    try (LogStore log = log();
        CatalogStore catalog = catalog()) {
      log.write(
          List.of(
              new Persist(1, new HardState(3, null), 0, List.of(configured(1, 1, 1, 2, 3))),
              new Persist(2, null, 0, List.of(command(2, 1), command(3, 3)))),
          Map.of("bootstrap", Bootstrap.recordIn(CLUSTER, null)));
      replace(catalog, 1000, 7);
      assertThat(StoppedServer.read(folder))
          .as("behind the log's end")
          .isEqualTo(
              new StoppedServer(
                  CLUSTER,
                  log.incarnation(),
                  7,
                  1000,
                  1000,
                  7,
                  1000,
                  servers(1, 2),
                  false,
                  List.of()));
      replace(catalog, 2, 2);
      assertThat(StoppedServer.read(folder).lastIndex())
          .as("the log goes on from another entry: the start drops it")
          .isEqualTo(2);
      assertThat(StoppedServer.read(folder).lastTerm()).isEqualTo(2);
      replace(catalog, 2, 1);
      assertThat(StoppedServer.read(folder).lastIndex()).as("the log leads there").isEqualTo(3);
      assertThat(StoppedServer.read(folder).configuration()).isEqualTo(servers(1, 2, 3));
    }
  }

  private static void replace(CatalogStore catalog, long index, long term) throws Exception {
    catalog.replace(
        new CatalogStore.Point(index, term, CLUSTER, servers(1, 2), 1).installed(),
        StateVersion.EMPTY);
  }

  @Test
  void tablesOfAnOlderBuildAreReadBeforeTheirColumnsAreAdded() throws Exception {
    try (LogStore log = log();
        CatalogStore catalog = catalog()) {
      assertThat(log.incarnation()).isNotNull();
      catalog.save(
          new CatalogStore.Point(2, 1, CLUSTER, servers(1), 1),
          StateVersion.EMPTY,
          Touched.all(StateVersion.EMPTY.tables()));
    }
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("catalog.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE saved_point DROP COLUMN origin");
    }
    assertThat(StoppedServer.read(folder).savedIndex()).isEqualTo(2);
  }

  @Test
  void aFolderThatAnAgentHoldsIsRefusedAndOneWithoutALogNamed() throws Exception {
    assertThatThrownBy(() -> StoppedServer.read(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("there is no ");
    try (LogStore log = log()) {
      assertThat(log.incarnation()).isNotNull();
      assertThatThrownBy(() -> StoppedServer.hold(folder)).hasMessageStartingWith("COM1014: ");
    }
    try (StoppedServer.Hold hold = StoppedServer.hold(folder)) {
      assertThat(hold).isNotNull();
      assertThatThrownBy(this::log).hasMessageStartingWith("COM1014: ");
    }
    Files.writeString(folder.resolve("log.db"), "no database, but long enough to be looked at");
    assertThatThrownBy(() -> StoppedServer.read(folder))
        .hasMessageStartingWith("COM3071: ")
        .hasMessageContaining("is damaged")
        .hasMessageNotContaining("can this user");
    Files.write(folder.resolve("log.db"), new byte[0]);
    assertThatThrownBy(() -> StoppedServer.read(folder))
        .hasMessageContaining("A copy needs all of raft/, log.db-wal")
        .hasMessageNotContaining("an this user");
  }
}
