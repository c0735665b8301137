package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.comitia.Told;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {
  private final TestDatabase database = new SqliteDatabase();

  @TempDir Path other;

  @Override
  TestDatabase database() {
    return database;
  }

  private LogStore openOther() throws Exception {
    return StorageFactory.openLog(database.dataSource(Unit.LOG, other), other);
  }

  @Test
  void aBusyDatabaseIsWaitedFor() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    Handler watch = whenLogged("waiting", waiting);
    Logger.getLogger("agent.store").addHandler(watch);
    try (LogStore store = openOther();
        Connection person = database.dataSource(Unit.LOG, other).getConnection();
        Statement statement = person.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      CompletableFuture<Void> write =
          CompletableFuture.runAsync(
              () -> {
                try {
                  Persist persist =
                      new Persist(1, new HardState(1, null), 0, List.of(entry(1, 1, "a")));
                  store.write(List.of(persist), Map.of());
                } catch (StoreException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(write).isNotDone();
      statement.execute("ROLLBACK");

      write.get(30, TimeUnit.SECONDS);
      assertThat(store.load(0, Long.MAX_VALUE).lastIndex()).isEqualTo(1);
    } finally {
      Logger.getLogger("agent.store").removeHandler(watch);
    }
  }

  private static Handler whenLogged(String text, CountDownLatch seen) {
    return new Told(
        record -> {
          if (record.getMessage().contains(text)) {
            seen.countDown();
          }
        });
  }

  @Test
  void aFailedWriteIsFinalUntilTheStoreIsReopened() throws Exception {
    try (LogStore store = openOther()) {
      store.write(List.of(append(entry(1, 1, "a"))), Map.of());
      // A trigger is the simplest way to make SQLite itself refuse one commit.
      database.tamper(
          Unit.LOG,
          other,
          "CREATE TRIGGER refuse BEFORE INSERT ON log_batches"
              + " BEGIN SELECT RAISE(ABORT, 'disk on fire'); END");
      assertThatThrownBy(() -> store.write(List.of(append(entry(2, 1, "b"))), Map.of()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("disk on fire");
      database.tamper(Unit.LOG, other, "DROP TRIGGER refuse");
      assertThatThrownBy(() -> store.write(List.of(append(entry(2, 1, "b"))), Map.of()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("failed before");

      store.reopen(LogBase.NONE);

      store.write(List.of(append(entry(2, 1, "b"))), Map.of());
      assertThat(store.load(0, Long.MAX_VALUE).lastIndex()).isEqualTo(2);
    }
  }

  @Test
  void aStoreThatWasDeletedIsNotBegunAnew() throws Exception {
    try (LogStore store = openOther()) {
      try (Stream<Path> files = Files.list(other)) {
        for (Path file : files.filter(f -> f.getFileName().toString().contains(".db")).toList()) {
          Files.delete(file);
        }
      }

      assertThatThrownBy(() -> store.reopen(LogBase.NONE))
          .isInstanceOfSatisfying(
              StoreException.class,
              gone -> {
                assertThat(gone.isDamage()).isFalse();
                assertThat(gone).hasMessageContaining("COM3076").hasMessageContaining("deleted");
              });
      assertThat(other.resolve("log.db")).doesNotExist();
      assertThat(store.disk().replaced()).contains("COM3076");
    }
  }

  @Test
  void aReadHeldByAPersonDelaysAReopeningAndDoesNotCondemnTheStore() throws Exception {
    try (LogStore store = openOther();
        Connection person = DriverManager.getConnection("jdbc:sqlite:" + other.resolve("log.db"));
        Statement shell = person.createStatement()) {
      store.write(List.of(append(entry(1, 1, "a"))), Map.of());
      shell.execute("BEGIN");
      try (ResultSet rows = shell.executeQuery("SELECT count(*) FROM log_batches")) {
        assertThat(rows.next()).isTrue();
      }
      store.write(List.of(append(entry(2, 1, "b"))), Map.of());

      assertThatThrownBy(() -> store.reopen(LogBase.NONE))
          .isInstanceOfSatisfying(
              StoreException.class, held -> assertThat(held.isDamage()).isFalse());

      shell.execute("ROLLBACK");
      store.reopen(LogBase.NONE);
      assertThat(store.load(0, Long.MAX_VALUE).lastIndex()).isEqualTo(2);
    }
  }

  @Test
  void aFlippedBitInTheFileIsNoticed() throws Exception {
    byte[] needle = "a needle in the haystack".getBytes();
    LogStore store = openOther();
    store.write(List.of(append(entry(1, 1, new String(needle)))), Map.of());
    store.close(); // the last close checkpoints: the row is in the file
    Path file = other.resolve("log.db");
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("haystack");
    bytes[at] ^= 4;
    Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);

    try (LogStore damaged = openOther()) {
      assertThatThrownBy(() -> damaged.load(0, Long.MAX_VALUE))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("row first_index=1");
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
  }

  /** What was freed is used again: by the file, and by its write-ahead log. */
  @Test
  void theFilesOfALogThatIsCutAndSweptStaySmall() throws Exception {
    String value = "x".repeat(4000);
    long last = 0;
    long written = 0;
    try (LogStore store = openOther()) {
      while (written < 32L << 20) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i <= last % 8; i++) {
          entries.add(entry(++last, 1, value));
          written += value.length();
        }
        LogBase base = last > 400 && last % 20 == 0 ? base(last - 200, 1) : null;
        store.write(List.of(new Persist(last, null, 0, base, entries)), Map.of());
        store.sweep();
      }
      assertThat(Files.size(other.resolve("log.db"))).isLessThan(4L << 20);
      assertThat(store.sizeBytes()).isLessThan(16L << 20);
    }
  }

  @Test
  void theSizeIsThatOfTheFiles() throws Exception {
    try (LogStore store = openOther()) {
      long before = store.sizeBytes();
      store.write(List.of(append(entry(1, 1, "x".repeat(100_000)))), Map.of());
      assertThat(store.sizeBytes()).isGreaterThan(before + 100_000);
    }
  }

  /** A follower that is behind is served from the disk, and no append waits for that. */
  @Test
  void oldEntriesAreReadWhileAWriteWaits() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    Handler watch = whenLogged("waiting", waiting);
    Logger.getLogger("agent.store").addHandler(watch);
    try (LogStore store = openOther();
        Connection person = database.dataSource(Unit.LOG, other).getConnection();
        Statement statement = person.createStatement()) {
      store.write(List.of(append(entry(1, 1, "a"), entry(2, 1, "b"))), Map.of());
      statement.execute("BEGIN IMMEDIATE");
      CompletableFuture<Void> write =
          CompletableFuture.runAsync(
              () -> {
                try {
                  store.write(List.of(append(entry(3, 1, "c"))), Map.of());
                } catch (StoreException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();

      assertThat(store.read(1, Integer.MAX_VALUE)).extracting(Entry::index).containsExactly(1L, 2L);
      assertThat(write).isNotDone();

      statement.execute("ROLLBACK");
      write.get(30, TimeUnit.SECONDS);
      assertThat(store.read(2, Integer.MAX_VALUE)).extracting(Entry::index).containsExactly(2L, 3L);
    } finally {
      Logger.getLogger("agent.store").removeHandler(watch);
    }
  }

  private void writeRows(LogStore store, int count) throws Exception {
    for (int i = 1; i <= count; i++) {
      store.write(List.of(append(entry(i, 1, "row" + i))), Map.of());
    }
  }

  private void rot(int row) throws Exception {
    String sql = "UPDATE log_batches SET entries = x'00' WHERE first_index = " + row;
    assertThat(database.tamper(Unit.LOG, other, sql)).isEqualTo(1);
  }

  private long kept() throws Exception {
    try (Stream<Path> files = Files.list(other)) {
      return files.filter(f -> f.getFileName().toString().startsWith("log.db.damaged-")).count();
    }
  }

  @Test
  void whatIsDamagedBeforeWhatTheTablesHoldIsCutAwayAndKeptAside() throws Exception {
    try (LogStore store = openOther()) {
      writeRows(store, 9);
      rot(3);
      assertThatThrownBy(() -> store.reopen(LogBase.NONE)).hasMessageContaining("first_index=3");
      assertThatThrownBy(() -> store.reopen(base(2, 1))).hasMessageContaining("first_index=3");
      assertThat(kept()).isZero();

      store.reopen(base(5, 1));

      StoredLog log = store.load(5, Long.MAX_VALUE);
      assertThat(log.base()).isEqualTo(base(5, 1));
      assertThat(log.tail()).extracting(Entry::index).containsExactly(6L, 7L, 8L, 9L);
      assertThat(kept()).isEqualTo(1);
      store.write(List.of(append(entry(10, 1, "next"))), Map.of());
    }
    try (LogStore again = openOther()) {
      assertThat(again.load(5, Long.MAX_VALUE).lastIndex()).isEqualTo(10);
    }
  }

  /** Whoever wrote it knows that nothing was behind it; whoever finds it does not. */
  @Test
  void aDamagedLastRowIsCutAwayByWhoKnowsThatItWasTheLast() throws Exception {
    try (LogStore store = openOther()) {
      writeRows(store, 5);
      store.load(5, Long.MAX_VALUE);
    }
    rot(5);
    try (LogStore found = openOther()) {
      assertThatThrownBy(() -> found.reopen(base(5, 1))).hasMessageContaining("first_index=5");
    }
  }

  @Test
  void aLastRowThatRotsUnderItsWriterIsCutAway() throws Exception {
    try (LogStore store = openOther()) {
      store.load(0, Long.MAX_VALUE);
      writeRows(store, 5);
      rot(5);

      store.reopen(base(5, 1));

      assertThat(store.load(5, Long.MAX_VALUE).lastIndex()).isEqualTo(5);
      store.write(List.of(append(entry(6, 1, "next"))), Map.of());
    }
    try (LogStore again = openOther()) {
      assertThat(again.load(5, Long.MAX_VALUE).lastIndex()).isEqualTo(6);
    }
  }
}
