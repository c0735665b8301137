package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;
import org.comitia.config.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteDataSource;

/** A server whose log or whose saved tables are in a database that loses commits. No port opens. */
class UnsyncedDatabaseTest {
  private static final String LOG = "jdbc/comitia-log";
  private static final String CATALOG = "jdbc/comitia-catalog";

  @TempDir Path dir;

  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);
  private NodeRuntime runtime;

  @AfterEach
  void close() {
    runtime.close();
    scheduled.shutdownNow();
  }

  @ParameterizedTest
  @ValueSource(strings = {LOG, CATALOG})
  void isRefusedByName(String unsynced) throws Exception {
    runtime = runtime(unsynced, false);

    assertThatThrownBy(runtime::start)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("COM1007: the database does not sync commits (" + unsynced + ": ")
        .hasMessageContaining("journal_mode=memory");
  }

  @Test
  void isTakenWhereTheSettingAllowsIt() throws Exception {
    runtime = runtime(CATALOG, true);

    // Ended when it asks for the catalog's data source: what ends it comes behind the refusal.
    assertThatThrownBy(runtime::start).isInstanceOf(StartEndedException.class);
  }

  private NodeRuntime runtime(String unsynced, boolean allowed) throws Exception {
    Settings settings =
        Settings.of(
            Map.of(
                "comitia.node-name", "n1",
                "comitia.bind-address", "127.0.69.2",
                "comitia.data-dir", dir.toString(),
                "comitia.server", "true",
                "comitia.bootstrap", "true",
                "comitia.durability.allow-unsynced-commits", Boolean.toString(allowed)));
    return new NodeRuntime(
        settings,
        new NodeRuntime.Container(
            Executors.defaultThreadFactory(),
            scheduled,
            scheduled,
            name -> dataSource(name, unsynced, name.equals(CATALOG))));
  }

  private DataSource dataSource(String name, String unsynced, boolean last) {
    if (last) {
      runtime.endStart();
    }
    SQLiteDataSource dataSource = new SQLiteDataSource();
    dataSource.setGetGeneratedKeys(false);
    Path file = dir.resolve("raft").resolve(name.equals(LOG) ? "log.db" : "catalog.db");
    dataSource.setUrl("jdbc:sqlite:" + (name.equals(unsynced) ? ":memory:" : file));
    return dataSource;
  }
}
