package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.StoreException;
import org.comitia.files.DiskRoom;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCatalogTest extends CatalogContract {
  private final TestDatabase database = new SqliteDatabase();

  @Override
  TestDatabase database() {
    return database;
  }

  /**
   * SQLite takes a transaction back by itself when its commit cannot be synced. The driver does not
   * notice, and an application server's wrapper, which remembers what it last set, keeps the
   * connection as it is.
   */
  @Test
  void aCommitThatTheDatabaseTookBackSpoilsNoLaterSave(@TempDir Path other) throws Exception {
    AtomicBoolean failing = new AtomicBoolean();
    DataSource source = pooled(database.dataSource(Unit.CATALOG, other), failing);
    try (CatalogStore catalog = StorageFactory.openCatalog(source, other)) {
      StateVersion first = full(9);
      catalog.save(point(9), first, everything(first));
      StateVersion second = full(10);
      failing.set(true);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> catalog.save(point(10), second, everything(second)))
            .isInstanceOf(StoreException.class);
      }
      failing.set(false);

      assertThat(catalog.load().point()).isEqualTo(point(9));
      catalog.save(point(10), second, everything(second));

      assertThat(catalog.load().point()).isEqualTo(point(10));
      assertThat(StateDigest.of(catalog.load().state())).isEqualTo(StateDigest.of(second));
    }
  }

  private static long kept(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().matches(".*catalog.db.damaged-[^-]*")).count();
    }
  }

  @Test
  void aRewriteThatFailsAgainAndAgainLeavesOneCopy(@TempDir Path other) throws Exception {
    AtomicBoolean failing = new AtomicBoolean();
    DataSource source = pooled(database.dataSource(Unit.CATALOG, other), failing);
    try (CatalogStore catalog = StorageFactory.openCatalog(source, other)) {
      StateVersion state = full(9);
      catalog.save(point(9), state, everything(state));
      failing.set(true);
      for (int i = 0; i < 4; i++) {
        assertThatThrownBy(() -> catalog.rewrite(point(9), state))
            .isInstanceOf(StoreException.class);
      }
      failing.set(false);

      assertThat(catalog.rewrite(point(9), state))
          .startsWith("no copy is kept, since there is an earlier one, catalog.db.damaged-");

      assertThat(kept(other)).isEqualTo(1);
      assertThat(StateDigest.of(catalog.load().state())).isEqualTo(StateDigest.of(state));
    }
  }

  @Test
  void whatCannotBeCopiedIsMendedAllTheSame(@TempDir Path other) throws Exception {
    DataSource source = database.dataSource(Unit.CATALOG, other);
    try (CatalogStore catalog = StorageFactory.openCatalog(source, other)) {
      StateVersion state = full(9);
      catalog.save(point(9), state, everything(state));
      Files.createDirectories(other.resolve("catalog.db.copying").resolve("in the way"));
      assertThat(catalog.rewrite(point(9), state))
          .startsWith("no copy is kept, since that failed: ");
      assertThat(StateDigest.of(catalog.load().state())).isEqualTo(StateDigest.of(state));
    }
  }

  @Test
  void aDiskWithoutRoomGetsNoCopy(@TempDir Path other) throws Exception {
    long[] usable = {1L << 30};
    DiskRoom room = new DiskRoom(() -> usable[0], () -> 1L << 30);
    DataSource source = database.dataSource(Unit.CATALOG, other);
    try (CatalogStore catalog = StorageFactory.openCatalog(source, other, room)) {
      StateVersion state = full(9);
      catalog.save(point(9), state, everything(state));
      assertThat(catalog.rewrite(point(9), state))
          .startsWith("no copy is kept, since the disk has no room for it: ");
      usable[0] = 10_000;
      assertThatThrownBy(() -> catalog.rewrite(point(9), state))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("the damaged tables are not written anew before the disk has");
      assertThat(kept(other)).isZero();
      usable[0] = 2L << 30;
      assertThat(catalog.rewrite(point(9), state)).startsWith("a copy of the damaged file is ");
      assertThat(kept(other)).isPositive();
    }
  }

  private static DataSource pooled(DataSource source, AtomicBoolean failing) {
    return (DataSource)
        Proxy.newProxyInstance(
            SqliteCatalogTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConnection")
                    ? wrapped(source.getConnection(), failing)
                    : method.invoke(source, arguments));
  }

  private static Connection wrapped(Connection connection, AtomicBoolean failing) {
    AtomicBoolean autoCommit = new AtomicBoolean(true);
    return (Connection)
        Proxy.newProxyInstance(
            SqliteCatalogTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "getAutoCommit" -> {
                  return autoCommit.get();
                }
                case "setAutoCommit" -> {
                  if (autoCommit.get() != (boolean) arguments[0]) {
                    connection.setAutoCommit((boolean) arguments[0]);
                    autoCommit.set((boolean) arguments[0]);
                  }
                  return null;
                }
                case "commit" -> commit(connection, failing.get());
                default -> {
                  return delegated(connection, method, arguments);
                }
              }
              return null;
            });
  }

  private static void commit(Connection connection, boolean failing) throws SQLException {
    if (failing) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("ROLLBACK");
      }
    }
    connection.commit();
  }

  private static Object delegated(Connection connection, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
