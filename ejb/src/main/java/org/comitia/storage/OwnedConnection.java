package org.comitia.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;

/**
 * The one connection of a store, open as long as the store is: with SQLite the last close of a file
 * checkpoints and deletes its write-ahead log. Hibernate borrows it for each transaction. Used by
 * one thread at a time.
 */
final class OwnedConnection implements ConnectionProvider {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = Logger.getLogger("agent.store");

  /** Sets a new connection up, e.g. its pragmas. */
  interface Setup {
    void apply(Connection connection) throws SQLException;
  }

  private final transient DataSource dataSource;
  private final transient Setup setup;
  private transient Connection connection;
  private boolean ended;
  private int majorVersion;
  private int minorVersion;

  OwnedConnection(DataSource dataSource, Setup setup) throws SQLException {
    this.dataSource = dataSource;
    this.setup = setup;
    connection = open();
  }

  private Connection open() throws SQLException {
    Connection fresh = dataSource.getConnection();
    try {
      setup.apply(fresh);
      majorVersion = fresh.getMetaData().getDatabaseMajorVersion();
      minorVersion = fresh.getMetaData().getDatabaseMinorVersion();
      return fresh;
    } catch (SQLException | RuntimeException e) {
      closeQuietly(fresh);
      throw e;
    }
  }

  /** For what JPA cannot say: pragmas, checkpoints, the tables' definitions. */
  Connection connection() throws SQLException {
    if (connection == null) {
      if (ended) {
        throw new SQLException("the store's connection is closed");
      }
      connection = open();
    }
    return connection;
  }

  /** The database's version, which the dialect wants to know. */
  int majorVersion() {
    return majorVersion;
  }

  int minorVersion() {
    return minorVersion;
  }

  /**
   * Lets go of the connection and uses another one.
   *
   * @param overlapping open the other one first, so that a pool cannot hand the same one out again
   */
  void reopen(boolean overlapping) throws SQLException {
    if (overlapping) {
      rollback(connection);
      Connection fresh = open();
      pause();
      connection = fresh;
    } else {
      pause();
      connection = open();
    }
  }

  /**
   * After a failed transaction in SQLite: leaves none open, and the connection in auto-commit.
   * SQLite takes a transaction back by itself when its commit could not be synced. Then the
   * driver's rollback fails, and it begins no next one though it says so: each statement from then
   * on would be a transaction of its own, and each commit would fail.
   */
  void endTransaction() {
    try {
      if (connection == null || connection.getAutoCommit()) {
        return;
      }
      try {
        connection.rollback();
      } catch (SQLException nothingIsOpen) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("BEGIN");
        }
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (SQLException | RuntimeException e) {
      LOG.log(Level.WARNING, "a store's failed transaction could not be ended: " + e, e);
    }
  }

  void close() {
    ended = true;
    pause();
  }

  /** Closes it until it is next asked for. */
  void pause() {
    Connection old = connection;
    connection = null;
    closeQuietly(old);
  }

  private static void closeQuietly(Connection connection) {
    if (connection == null) {
      return;
    }
    rollback(connection);
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.log(Level.WARNING, "a store's connection did not close: " + e.getMessage(), e);
    }
  }

  /** Never by way of auto-commit: setting that commits what another thread wrote meanwhile. */
  private static void rollback(Connection connection) {
    try {
      if (connection != null && !connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (SQLException | RuntimeException e) {
      LOG.log(Level.FINE, "a store's last transaction could not be rolled back", e);
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    return connection();
  }

  @Override
  public void closeConnection(Connection borrowed) {
    // It stays open: see above.
  }

  @Override
  public boolean supportsAggressiveRelease() {
    return false;
  }

  @Override
  public boolean isUnwrappableAs(Class<?> type) {
    return type.isInstance(this);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(this);
  }
}
