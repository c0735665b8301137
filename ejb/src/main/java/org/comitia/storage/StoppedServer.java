package org.comitia.storage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Recovered;

/**
 * What the SQLite files of a server that does not run hold, read with plain SQL and nothing else:
 * for a person who must choose which server goes on. Changes nothing. Checksums are the start's
 * business, which reads everything anew. Where a crash came between a snapshot's tables and its
 * log, this is what the start will make of the two ({@code consensus.InstalledTables}).
 *
 * @param cluster the cluster that it was in; null for none
 * @param incarnation of its store
 * @param term its newest term
 * @param baseIndex the log begins behind it
 * @param lastIndex its last entry
 * @param lastTerm that entry's term
 * @param savedIndex up to here entries are in its saved tables, known to be committed
 * @param configuration the newest in its log, committed or not
 * @param left whether it has left its cluster
 * @param recoveries from a lost quorum that it went through, the newest first
 */
public record StoppedServer(
    UUID cluster,
    UUID incarnation,
    long term,
    long baseIndex,
    long lastIndex,
    long lastTerm,
    long savedIndex,
    Configuration configuration,
    boolean left,
    List<Recovered> recoveries) {
  // Not Unit's: that needs Hibernate, which the command has not.
  private static final String LOG = "log.db";
  private static final String CATALOG = "catalog.db";

  // SQLite's result codes; what is above the low octet says more of the same.
  private static final int PRIMARY_CODE = 0xff;
  private static final int CORRUPT = 11;
  private static final int NO_DATABASE = 26;

  /** SQLite's SQLITE_OPEN_READONLY. */
  private static final String READ_ONLY = "1";

  /** Keeps agents off the folder until it is closed. */
  public interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Locks a {@code raft/} folder as its agent does.
   *
   * @throws StoreException when an agent runs on it; says which
   */
  public static Hold hold(Path raft) throws StoreException {
    return StoreLock.acquire(raft)::close;
  }

  /**
   * Reads a {@code raft/} folder. Blocks while reading.
   *
   * @throws StoreException when there is none, or it cannot be read by this version
   */
  public static StoppedServer read(Path raft) throws StoreException {
    Path log = raft.resolve(LOG);
    Path catalog = raft.resolve(CATALOG);
    if (!Files.exists(log)) {
      throw new StoreException(
          "there is no "
              + log
              + " (with PostgreSQL only raft/peers.json does it: see raft/peers.info)");
    }
    try (Connection connection = open(log)) {
      return read(connection, Files.exists(catalog) ? Saved.read(catalog) : Saved.NOTHING);
    } catch (DamagedRowException e) {
      throw e.isDamage() ? damaged(raft, e) : unreadable(raft, e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw damaged(raft, e);
    } catch (SQLException e) {
      throw failed(raft, e);
    }
  }

  private static StoreException failed(Path raft, SQLException e) {
    String said = String.valueOf(e.getMessage());
    int code = e.getErrorCode() & PRIMARY_CODE;
    if (code == CORRUPT || code == NO_DATABASE) {
      return damaged(raft, e);
    }
    return said.contains("no such table")
        ? unreadable(
            raft,
            "it is not all there. A copy needs all of raft/, "
                + LOG
                + "-wal and "
                + CATALOG
                + "-wal as well, where they are: "
                + said,
            e)
        : unreadable(raft, said + ". Can this user write there?", e);
  }

  private static StoreException unreadable(Path raft, String why, Exception cause) {
    return new StoreException(raft + " cannot be read: " + why, cause);
  }

  private static StoreException damaged(Path raft, Exception e) {
    return new StoreException(
        "COM3071: "
            + raft
            + " is damaged: "
            + e.getMessage()
            + ". Recover another server, or put its raft/ back from a backup",
        e,
        true);
  }

  /** Whether the tables' file is there: without it nothing is known to be committed. */
  public static boolean hasTables(Path raft) {
    return Files.exists(raft.resolve(CATALOG));
  }

  /** When the log was written last, by its files; a copy may have lost it. */
  public static Instant lastWritten(Path raft) {
    long newest = 0;
    for (String name : new String[] {LOG, LOG + "-wal"}) {
      newest = Math.max(newest, raft.resolve(name).toFile().lastModified());
    }
    return Instant.ofEpochMilli(newest).truncatedTo(ChronoUnit.SECONDS);
  }

  private static Connection open(Path file) throws SQLException {
    Properties readOnly = new Properties();
    readOnly.put("open_mode", READ_ONLY);
    return DriverManager.getConnection("jdbc:sqlite:" + file, readOnly);
  }

  private static StoppedServer read(Connection log, Saved saved) throws SQLException {
    try (Statement statement = log.createStatement()) {
      UUID incarnation = incarnation(statement);
      long term = term(statement);
      Map<String, byte[]> records = records(statement);
      Base base = Base.read(statement);
      Last last = Last.read(statement, base);
      boolean unfinished = saved.isUnfinished(statement, base, last);
      if (unfinished) {
        base = saved.installed();
        last = new Last(base.index(), base.term());
      }
      return new StoppedServer(
          Bootstrap.clusterOf(records.get(Participant.BOOTSTRAP_RECORD)),
          incarnation,
          Math.max(term, last.term()),
          base.index(),
          last.index(),
          last.term(),
          saved.index(),
          unfinished ? base.configuration() : configuration(statement, base),
          records.containsKey(Participant.LEFT_RECORD),
          Recovered.decode(records.get(Participant.RECOVERED_RECORD)));
    }
  }

  private static UUID incarnation(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT format_version, incarnation FROM " + IdentityRow.TABLE)) {
      if (!row.next()) {
        throw new DamagedRowException("table " + IdentityRow.TABLE + " has no row");
      }
      if (row.getLong(1) > IdentityRow.FORMAT) {
        throw DamagedRowException.ofAnotherVersion(
            "it was written by a newer version: take that one's command");
      }
      return UUID.fromString(row.getString(2));
    }
  }

  private static long term(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT term FROM " + HardStateRow.TABLE)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private static Map<String, byte[]> records(Statement statement) throws SQLException {
    Map<String, byte[]> records = new HashMap<>();
    try (ResultSet rows = statement.executeQuery("SELECT name, value FROM " + RecordRow.TABLE)) {
      while (rows.next()) {
        records.put(rows.getString(1), rows.getBytes(2));
      }
    }
    return records;
  }

  /**
   * Where the saved tables are.
   *
   * @param installed what the log is to begin behind when a snapshot brought them; else null
   */
  private record Saved(long index, Base installed) {
    static final Saved NOTHING = new Saved(0, null);

    static Saved read(Path catalog) throws SQLException {
      try (Connection connection = open(catalog);
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT * FROM " + SavedPointRow.TABLE)) {
        if (!row.next()) {
          return NOTHING;
        }
        long index = row.getLong("applied_index");
        if (!hasOrigin(row) || !SavedPointRow.SNAPSHOT.equals(row.getString("origin"))) {
          return new Saved(index, null);
        }
        Configuration servers = JsonText.toConfiguration(row.getString("configuration"));
        return new Saved(index, new Base(index, row.getLong("applied_term"), servers));
      }
    }

    /** Older tables lack the column until this version's start adds it. */
    private static boolean hasOrigin(ResultSet row) throws SQLException {
      for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
        if (row.getMetaData().getColumnName(i).equals("origin")) {
          return true;
        }
      }
      return false;
    }

    /** Whether the log does not lead to what a snapshot brought. */
    boolean isUnfinished(Statement log, Base base, Last last) throws SQLException {
      return installed != null
          && index >= base.index()
          && termAt(index, log, base, last) != installed.term();
    }
  }

  /** Of the log's entry; -1 when it has none there. */
  private static long termAt(long index, Statement statement, Base base, Last last)
      throws SQLException {
    if (index == base.index()) {
      return base.term();
    }
    try (ResultSet row =
        statement.executeQuery(
            "SELECT first_index, last_index, entries FROM "
                + LogBatchRow.TABLE
                + " WHERE first_index <= "
                + index
                + " ORDER BY first_index DESC LIMIT 1")) {
      if (index > last.index() || !row.next()) {
        return -1;
      }
      long first = row.getLong(1);
      List<Entry> entries = BatchCodec.decode(first, row.getLong(2) - first + 1, row.getBytes(3));
      return entries.get((int) (index - first)).term();
    }
  }

  private record Base(long index, long term, Configuration configuration) {
    static Base read(Statement statement) throws SQLException {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT base_index, base_term, configuration FROM " + LogBaseRow.TABLE)) {
        return row.next()
            ? new Base(row.getLong(1), row.getLong(2), ConfigurationCodec.decode(row.getBytes(3)))
            : new Base(0, 0, Configuration.EMPTY);
      }
    }
  }

  private record Last(long index, long term) {
    static Last read(Statement statement, Base base) throws SQLException {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT last_index, last_term FROM "
                  + LogBatchRow.TABLE
                  + " ORDER BY first_index DESC LIMIT 1")) {
        return row.next() && row.getLong(1) > base.index()
            ? new Last(row.getLong(1), row.getLong(2))
            : new Last(base.index(), base.term());
      }
    }
  }

  /** Looks backwards: the newest is mostly near the end, or before the log's begin. */
  private static Configuration configuration(Statement statement, Base base) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT first_index, last_index, entries FROM "
                + LogBatchRow.TABLE
                + " WHERE last_index > "
                + base.index()
                + " ORDER BY first_index DESC")) {
      while (rows.next()) {
        long first = rows.getLong(1);
        List<Entry> entries =
            BatchCodec.decode(first, rows.getLong(2) - first + 1, rows.getBytes(3));
        for (int i = entries.size() - 1; i >= 0; i--) {
          Entry entry = entries.get(i);
          if (entry.kind() == Entry.Kind.CONFIGURATION && entry.index() > base.index()) {
            return ConfigurationCodec.decode(entry.data());
          }
        }
      }
      return base.configuration();
    }
  }
}
