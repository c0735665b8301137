package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/**
 * One byte of a closed file has changed: the store says so, or holds what it held. In every page of
 * both files; small pages, so that little of them is free space.
 */
class CorruptionTest {
  private static final int PAGE = 512;

  /** The size of the file's own header, in its first page. */
  private static final int HEADER = 100;

  private static final String FLIPPED = "as-it-was";

  @TempDir Path root;
  private int found;

  private static DataSource dataSource(Path file) {
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl("jdbc:sqlite:" + file + "?journal_mode=WAL&synchronous=FULL");
    source.setGetGeneratedKeys(false);
    return source;
  }

  /** A file of small pages. */
  private static Path original(Path directory, Unit unit) throws Exception {
    Path file = Files.createDirectories(directory).resolve(unit.fileName());
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA page_size=" + PAGE);
      statement.execute("CREATE TABLE first (x)");
      statement.execute("DROP TABLE first");
    }
    return file;
  }

  /** The header's bytes, each page's first ones, which say what it is, and some of its content. */
  private static List<Integer> places(byte[] whole, Unit unit, int step) {
    int length = whole.length;
    TreeSet<Integer> places = new TreeSet<>();
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    for (Class<?> entity : unit.entities()) {
      String table = entity.getAnnotation(Table.class).name();
      for (int at = text.indexOf(table); at >= 0; at = text.indexOf(table, at + 1)) {
        places.add(at + 1);
      }
    }
    for (int at = 16; at < HEADER; at += 7) {
      places.add(at);
    }
    for (int page = 0; page < length; page += PAGE) {
      int start = page == 0 ? HEADER : page;
      for (int at : new int[] {0, 4, 9, 13}) {
        places.add(start + at);
      }
    }
    for (int at = HEADER; at < length; at += step) {
      places.add(at);
    }
    return List.copyOf(places);
  }

  private interface Look {
    /** What of this copy is not as it was, in words; empty when it is, or was refused. */
    String differs(Path directory) throws StoreException;
  }

  /** Flips a byte at each place of a copy. */
  private void flip(Unit unit, Path original, int step, Look look) throws IOException {
    String name = unit.fileName();
    byte[] whole = Files.readAllBytes(original.resolve(name));
    List<String> served = new ArrayList<>();
    int refused = 0;
    List<Integer> places = places(whole, unit, step);
    for (int at : places) {
      Path copy = Files.createDirectories(root.resolve("copy"));
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (at % 2 == 0 ? 0x01 : 0x10);
      Files.write(copy.resolve(name), flipped);
      Files.write(copy.resolve(FLIPPED), flipped);
      try {
        String differs = look.differs(copy);
        if (!differs.isEmpty()) {
          served.add("page " + (at / PAGE + 1) + ", byte " + at % PAGE + ": " + differs);
        }
      } catch (StoreException said) {
        refused++;
      }
      try (var left = Files.newDirectoryStream(copy)) {
        for (Path file : left) {
          Files.delete(file);
        }
      }
    }
    assertThat(served).isEmpty();
    assertThat(refused).isGreaterThan(places.size() / 8);
  }

  @Test
  void aByteOfTheSavedTables() throws Exception {
    StateVersion version = CatalogContract.random();
    CatalogStore.Point point = CatalogContract.point(version.appliedIndex());
    Path original = root.resolve("original");
    try (CatalogStore store =
        StorageFactory.openCatalog(dataSource(original(original, Unit.CATALOG)), original)) {
      store.save(point, version, Touched.all(version.tables()));
    }
    StateVersion next = CatalogContract.full(20_009);
    CatalogStore.Point nextPoint = CatalogContract.point(20_009);
    Touched both = Touched.none();
    both.addAll(Touched.all(version.tables()));
    both.addAll(Touched.all(next.tables()));
    flip(
        Unit.CATALOG,
        original,
        211,
        copy -> {
          requireIntegrity(copy.resolve("catalog.db"));
          try (CatalogStore store =
              StorageFactory.openCatalog(dataSource(copy.resolve("catalog.db")), copy)) {
            requireNotPutAway(copy);
            String differs = differs(store.load(), point, version);
            if (!differs.isEmpty()) {
              return differs;
            }
            store.save(nextPoint, next, both);
            differs = differs(store.load(), nextPoint, next);
            return differs.isEmpty() ? "" : "behind a save: " + differs;
          }
        });
  }

  /** What the start does first; of those that it finds, one in eight goes on to the start. */
  private void requireIntegrity(Path file) throws StoreException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      Integrity.require(Unit.CATALOG, Product.SQLITE, connection, CatalogTables.DDL);
    } catch (DamagedRowException | SQLException damaged) {
      if (++found % 8 != 0) {
        throw new StoreException("found: " + damaged.getMessage());
      }
    }
  }

  /** Then it was found, and is as it was found. */
  private static void requireNotPutAway(Path copy) throws StoreException {
    try (DirectoryStream<Path> put = Files.newDirectoryStream(copy, "catalog.db.damaged-*")) {
      for (Path file : put) {
        assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(copy.resolve(FLIPPED)));
        throw new StoreException("put away");
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String differs(
      CatalogStore.Saved saved, CatalogStore.Point point, StateVersion version) {
    if (!saved.point().equals(point)) {
      return "at " + saved.point();
    }
    return StateDigest.of(saved.state()).equals(StateDigest.of(version)) ? "" : "another state";
  }

  @Test
  void aByteOfTheLog() throws Exception {
    Path original = root.resolve("original");
    StoredLog whole;
    Map<String, byte[]> records = Map.of("left", new byte[] {1}, "bootstrap", new byte[] {2, 3});
    try (LogStore store =
        StorageFactory.openLog(dataSource(original(original, Unit.LOG)), original)) {
      store.write(List.of(new Persist(1, new HardState(3, null), 0, List.of())), records);
      for (int i = 1; i <= 30; i++) {
        Entry entry = StoreContract.entry(i, 1 + i / 10, "x".repeat(i % 7 == 0 ? 900 : 90));
        store.write(List.of(new Persist(i + 1, null, 0, List.of(entry))), Map.of());
      }
      whole = store.load(0, Long.MAX_VALUE);
    }
    flip(
        Unit.LOG,
        original,
        163,
        copy -> {
          try (LogStore store = StorageFactory.openLog(dataSource(copy.resolve("log.db")), copy)) {
            StoredLog found = store.load(0, Long.MAX_VALUE);
            Map<String, byte[]> kept = store.records();
            boolean same =
                found.equals(whole)
                    && kept.keySet().equals(records.keySet())
                    && kept.entrySet().stream()
                        .allMatch(
                            r -> java.util.Arrays.equals(r.getValue(), records.get(r.getKey())));
            return same ? "" : "the log goes to " + found.lastIndex() + " with " + kept.keySet();
          }
        });
  }
}
