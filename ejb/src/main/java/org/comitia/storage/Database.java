package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.comitia.cluster.Durability;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.files.DiskRoom;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;

/**
 * One database of a store: its connection, its Hibernate unit, transactions that wait when it is
 * busy. Used by one thread at a time.
 */
final class Database implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("agent.store");
  private static final int SQLITE_ERROR = 1;
  private static final int SQLITE_BUSY = 5;
  private static final int SQLITE_LOCKED = 6;
  private static final int SQLITE_CORRUPT = 11;
  private static final int SQLITE_NOTADB = 26;
  private static final int BUSY_MILLIS = 1000;

  /** PostgreSQL's advisory lock: "CMTA". */
  private static final int CLAIM = 0x434D5441;

  private static final long CLAIM_NANOS = 5_000_000_000L;

  private final Unit unit;
  private final Path directory;
  private final Product product;
  private final OwnedConnection connection;
  private final ReadConnection reader;

  /** For a scrub, whose slices may take long; open as long as one takes. */
  private final ReadConnection scrubs;

  private final List<String> tables;
  private final FileWatch files;
  private final SessionFactory sessions;
  private volatile Durability durability;

  private Database(
      Unit unit,
      Path directory,
      Product product,
      OwnedConnection connection,
      DataSource dataSource,
      List<String> tables) {
    this.unit = unit;
    this.directory = directory;
    this.product = product;
    this.connection = connection;
    this.reader = new ReadConnection(dataSource, product);
    this.scrubs = new ReadConnection(dataSource, product);
    this.tables = tables;
    this.files = new FileWatch(directory.resolve(unit.fileName()));
    this.sessions = unit.boot(product, connection);
  }

  /** Connects, sets the connection up, creates missing tables and boots the unit. */
  static Database open(Unit unit, DataSource dataSource, Path directory, List<String> tables)
      throws StoreException {
    return open(unit, dataSource, directory, tables, List.of());
  }

  /**
   * The same.
   *
   * @param added columns that tables of an older version lack
   */
  static Database open(
      Unit unit,
      DataSource dataSource,
      Path directory,
      List<String> tables,
      List<CatalogTables.Added> added)
      throws StoreException {
    OwnedConnection connection = null;
    try {
      connection = new OwnedConnection(dataSource, fresh -> setUp(unit, fresh));
      Product product = Product.of(connection.connection());
      Integrity.require(unit, product, connection.connection(), tables);
      createTables(product, connection.connection(), tables);
      addColumns(connection.connection(), added);
      Database database = new Database(unit, directory, product, connection, dataSource, tables);
      database.durability = DurabilityProbe.probe(connection.connection(), product, directory);
      return database;
    } catch (SQLException | RuntimeException e) {
      if (connection != null) {
        connection.close();
      }
      throw new StoreException(
          "COM1012: cannot open the database of " + unit.unitName() + ": " + reason(e),
          e,
          isDamage(e));
    }
  }

  private static void setUp(Unit unit, Connection connection) throws SQLException {
    Product product = Product.of(connection);
    switch (product) {
      case SQLITE -> {
        try (Statement statement = connection.createStatement()) {
          statement.execute("PRAGMA busy_timeout=" + BUSY_MILLIS);
          statement.execute("PRAGMA journal_mode=WAL");
          statement.execute("PRAGMA synchronous=FULL");
          // The write-ahead log is reused, not truncated; but one big transaction need not leave
          // a big file for good.
          statement.execute("PRAGMA journal_size_limit=" + (16 << 20));
        }
      }
      case POSTGRESQL -> claim(unit, connection);
      default ->
          throw new SQLException(
              "COM1011: "
                  + connection.getMetaData().getDatabaseProductName()
                  + " is not supported: use SQLite or PostgreSQL");
    }
  }

  /**
   * A PostgreSQL database belongs to one server; the lock ends with the session. The server may
   * take a moment to notice that our last session is gone.
   */
  private static void claim(Unit unit, Connection connection) throws SQLException {
    long deadline = System.nanoTime() + CLAIM_NANOS;
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout((int) (CLAIM_NANOS / 1_000_000_000L) + 1);
      while (true) {
        try (ResultSet result =
            statement.executeQuery(
                "SELECT pg_try_advisory_lock(" + CLAIM + ", " + unit.ordinal() + ")")) {
          if (result.next() && result.getBoolean(1)) {
            return;
          }
        }
        if (System.nanoTime() > deadline) {
          throw new SQLException(
              "COM1010: another server uses this database: give each server one of its own");
        }
        statement.execute("SELECT pg_sleep(0.05)");
      }
    }
  }

  /** All or none: whoever finds some of them only is not to take the others for lost. */
  private static void createTables(Product product, Connection connection, List<String> tables)
      throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      for (String table : tables) {
        statement.execute(product.ddl(table));
      }
      connection.commit();
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private static void addColumns(Connection connection, List<CatalogTables.Added> columns)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (CatalogTables.Added column : columns) {
        if (!column.isThere(statement)) {
          statement.execute(column.ddl());
        }
      }
    }
  }

  /**
   * Runs {@code work} in one transaction and returns when it is committed. A busy database is
   * waited for, however long; {@code work} then runs again.
   *
   * @throws StoreException when the transaction failed for any other reason, with what the database
   *     said
   */
  <T> T transaction(Function<StatelessSession, T> work) throws StoreException {
    for (int attempt = 1; ; attempt++) {
      try (StatelessSession session = sessions.openStatelessSession()) {
        var transaction = session.beginTransaction();
        try {
          T result = work.apply(session);
          transaction.commit();
          return result;
        } catch (RuntimeException e) {
          rollback(transaction);
          throw e;
        }
      } catch (RuntimeException e) {
        if (!isBusy(e)) {
          throw failed(e);
        }
        if (attempt % 10 == 1) {
          LOG.warning(
              "COM3018: the database is held by somebody else's transaction, waiting: unit="
                  + unit.unitName()
                  + " attempt="
                  + attempt);
        }
      }
    }
  }

  private StoreException failed(Exception e) {
    return new StoreException(unit.unitName() + ": " + reason(e), e, isDamage(e));
  }

  /**
   * Runs {@code work} in a transaction of the second connection, which sees what is committed and
   * holds up nobody who writes. For any thread.
   *
   * @throws StoreException when it failed; the database is busy for nobody who only reads
   */
  <T> T reading(Function<StatelessSession, T> work) throws StoreException {
    try {
      return reader.read(sessions, work);
    } catch (SQLException | RuntimeException e) {
      throw failed(e);
    }
  }

  /** The same for a slice of a scrub, on a connection of its own. */
  <T> T scrubbing(Function<StatelessSession, T> work) throws StoreException {
    try {
      return scrubs.read(sessions, work);
    } catch (SQLException | RuntimeException e) {
      throw failed(e);
    } finally {
      scrubs.close();
    }
  }

  /** Has the database look through its own pages, on that connection. For any thread. */
  void requireIntegrity() throws StoreException {
    try {
      scrubs.read(open -> Integrity.require(unit, product, open, tables));
    } catch (SQLException | RuntimeException e) {
      throw failed(e);
    } finally {
      scrubs.close();
    }
  }

  private void rollback(org.hibernate.Transaction transaction) {
    try {
      transaction.rollback();
    } catch (RuntimeException e) {
      LOG.log(Level.FINE, "rollback failed", e);
    }
    if (product == Product.SQLITE) {
      connection.endTransaction();
    }
  }

  private static boolean isBusy(Throwable thrown) {
    int code = sqliteCode(thrown);
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
  }

  /** Whether the database itself says that its data is wrong. */
  private static boolean isDamage(Throwable thrown) {
    if (thrown instanceof DamagedRowException row) {
      return row.isDamage();
    }
    int code = sqliteCode(thrown);
    String state = sqlState(thrown);
    return code == SQLITE_CORRUPT
        || code == SQLITE_NOTADB
        || (code == SQLITE_ERROR && reason(thrown).matches("(?s).*no such (table|column).*"))
        || state.startsWith("XX00")
        || state.equals("42P01"); // PostgreSQL: no such table
  }

  /** 0 when it is no error of SQLite's. */
  private static int sqliteCode(Throwable thrown) {
    SQLException said = said(thrown);
    boolean sqlite = said != null && String.valueOf(said.getMessage()).contains("SQLITE_");
    return sqlite ? said.getErrorCode() & 0xff : 0;
  }

  private static String sqlState(Throwable thrown) {
    SQLException said = said(thrown);
    return said == null || said.getSQLState() == null ? "" : said.getSQLState();
  }

  private static SQLException said(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof SQLException e) {
        return e;
      }
    }
    return null;
  }

  /** What the database itself said, behind Hibernate's wrapping. */
  static String reason(Throwable thrown) {
    Throwable last = thrown;
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      last = t;
      if (t instanceof SQLException) {
        break;
      }
    }
    return last.getMessage() == null ? last.toString() : last.getMessage();
  }

  /**
   * Opens a new connection and makes the database write and sync every page anew: after a failed
   * sync the kernel calls lost pages clean, so that reading back would prove nothing (design §3).
   */
  void reopen() throws StoreException {
    try {
      reader.close();
      boolean walIsGone = saveWal();
      requireOwnFile();
      // PostgreSQL: the old session still holds the claim.
      connection.reopen(product == Product.SQLITE && !walIsGone);
      if (walIsGone) {
        files.opened();
      }
      if (product == Product.SQLITE) {
        checkpoint();
        Integrity.require(unit, product, connection.connection(), tables);
      }
      durability = DurabilityProbe.probe(connection.connection(), product, directory);
    } catch (SQLException | RuntimeException e) {
      throw new StoreException(
          "the database of " + unit.unitName() + " could not be opened again: " + reason(e),
          e,
          isDamage(e));
    }
  }

  /**
   * Keeps a copy of the file as it is, however damaged, and syncs it. While it is made no
   * connection of ours is open: closing a file that SQLite has open would drop its locks.
   *
   * @param room of the disk
   * @return what is kept, in words
   */
  String keepCopy(DiskRoom room) throws StoreException {
    if (product != Product.SQLITE) {
      return DamagedFile.words("");
    }
    DamagedFile file = new DamagedFile(directory, unit.fileName());
    return whileClosed(() -> file.copy(room));
  }

  /**
   * Begins a new file.
   *
   * @param away what is done with the one that is there
   */
  String beginAnew(FileAction away) throws StoreException {
    String name = whileClosed(away);
    try {
      createTables(product, connection.connection(), tables);
    } catch (SQLException e) {
      throw failed(e);
    }
    return name;
  }

  /** Does something to the file; returns what it or its copy is called. */
  interface FileAction {
    String run() throws IOException;
  }

  private String whileClosed(FileAction action) throws StoreException {
    synchronized (scrubs) {
      synchronized (reader) {
        scrubs.close();
        reader.close();
        files.closed();
        connection.pause();
        try {
          String name = action.run();
          connection.connection();
          return name;
        } catch (IOException | SQLException e) {
          throw new StoreException(unit.fileName() + " cannot be put aside: " + e, e);
        } finally {
          files.opened();
        }
      }
    }
  }

  /**
   * If only the write-ahead log is gone, the connection has it still: it writes it into the file.
   *
   * @return whether that was so; all connections are closed then
   */
  private boolean saveWal() throws SQLException {
    if (product != Product.SQLITE || !files.onlyWal()) {
      return false;
    }
    checkpoint();
    scrubs.close();
    files.closed();
    connection.pause();
    return true;
  }

  /**
   * What the connection holds of a file that is deleted would be gone with it: so it stays open
   * until the file is there again.
   */
  private void requireOwnFile() throws SQLException {
    String replaced = disk().replaced();
    if (!replaced.isEmpty()) {
      throw new SQLException(replaced);
    }
  }

  /** How the file stands. For any thread. */
  StoreDisk disk() {
    return product == Product.SQLITE ? files.disk() : StoreDisk.UNKNOWN;
  }

  /** Moves the whole write-ahead log into the database file, syncs it and empties the log. */
  private void checkpoint() throws SQLException {
    try (Statement statement = connection.connection().createStatement();
        ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      if (!result.next() || result.getInt(1) != 0) {
        throw new SQLException("wal_checkpoint(TRUNCATE) was blocked by another connection");
      }
    }
  }

  /** What the database occupies on the disk; -1 when it does not tell. */
  long sizeBytes() {
    return switch (product) {
      case SQLITE -> sizeOf("") + sizeOf("-wal");
      case POSTGRESQL -> askSize("SELECT pg_database_size(current_database())");
      default -> -1;
    };
  }

  private long sizeOf(String suffix) {
    try {
      return Files.size(directory.resolve(unit.fileName() + suffix));
    } catch (IOException e) {
      return 0; // no such file (yet)
    }
  }

  private long askSize(String query) {
    try (Statement statement = connection.connection().createStatement();
        ResultSet result = statement.executeQuery(query)) {
      return result.next() ? result.getLong(1) : -1;
    } catch (SQLException e) {
      return -1;
    }
  }

  Product product() {
    return product;
  }

  Durability durability() {
    return durability;
  }

  /** The one connection, for native SQL between transactions. */
  Connection connection() throws SQLException {
    return connection.connection();
  }

  @Override
  public void close() {
    try {
      scrubs.close();
      reader.close();
      if (sessions.isOpen()) {
        HibernateCaches.forget(sessions);
      }
      sessions.close();
    } finally {
      connection.close();
    }
  }
}
