package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.comitia.cluster.StoreException;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresCatalogTest extends CatalogContract {
  private static PostgresDatabase database;

  @BeforeAll
  static void startServer() throws Exception {
    database = PostgresDatabase.start();
  }

  @AfterAll
  static void stopServer() {
    if (database != null) {
      database.close();
    }
  }

  @Override
  TestDatabase database() {
    return database;
  }

  @Test
  void asynchronousCommitsAreNotSynced() throws Exception {
    store.close();
    String url = database.url(Unit.CATALOG, raftDir) + "&options=-c%20synchronous_commit=off";
    store = StorageFactory.openCatalog(new DriverDataSource(url), raftDir);

    assertThat(store.durability().synced()).isFalse();
    assertThat(store.durability().summary()).contains("synchronous_commit=off");
  }

  /** As after a restart of PostgreSQL: what it does not do is to come back by itself. */
  @Test
  void aSessionThatPostgresEndedIsOpenedAgainForTheNextWrite() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));

    endSession();
    assertThatThrownBy(() -> store.save(point(10), version, everything(version)))
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isDamage()).isFalse());
    store.save(point(10), version, everything(version));
    assertThat(store.load().point()).isEqualTo(point(10));

    endSession();
    assertThatThrownBy(() -> store.replace(point(11), full(11))).isInstanceOf(StoreException.class);
    store.replace(point(11), full(11));
    assertThat(store.load().point()).isEqualTo(point(11));
    assertThat(store.load().state()).usingRecursiveComparison().isEqualTo(full(11));
  }

  /** The rows that were saved between the backup and now are touched no more. */
  @Test
  void aDatabaseThatComesBackOlderIsNotWrittenOn() throws Exception {
    StateVersion version = full(9);
    store.save(point(9), version, everything(version));
    endSession();
    String restored = "UPDATE saved_point SET applied_index = 8, checksum = %d";
    database.tamper(
        Unit.CATALOG, raftDir, restored.formatted(SavedPointRow.checksumOf(point(8), 3)));
    assertThatThrownBy(() -> store.save(point(10), version, Touched.none()))
        .isInstanceOf(StoreException.class);

    for (int attempt = 1; attempt <= 2; attempt++) {
      assertThatThrownBy(() -> store.save(point(10), version, Touched.none()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("at index 8")
          .hasMessageContaining("saved index 9")
          .hasMessageContaining("Restart this server");
    }
    store.replace(point(10), full(10)); // which leaves no row of before
    store.save(point(11), full(11), everything(full(11)));
    assertThat(store.load().point()).isEqualTo(point(11));
  }

  private void endSession() throws Exception {
    String others = " FROM pg_stat_activity WHERE datname = current_database()";
    try (Connection connection = database.dataSource(Unit.CATALOG, raftDir).getConnection();
        Statement statement = connection.createStatement()) {
      others += " AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
      assertThat(count(statement, "SELECT count(pg_terminate_backend(pid))" + others)).isEqualTo(1);
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (count(statement, "SELECT count(*)" + others) > 0) {
        assertThat(System.nanoTime()).as("the session is still there").isLessThan(deadline);
        Thread.sleep(10);
      }
    }
  }

  private static int count(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getInt(1);
    }
  }
}
