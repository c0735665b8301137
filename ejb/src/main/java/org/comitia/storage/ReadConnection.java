package org.comitia.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;

/**
 * A second connection to a store's database, which only reads: it sees what is committed and holds
 * up nobody who writes. Opened when it is first needed. For any thread; one reads at a time.
 */
final class ReadConnection {
  private static final Logger LOG = Logger.getLogger("agent.store");

  private final DataSource dataSource;
  private final Product product;
  private Connection connection;

  ReadConnection(DataSource dataSource, Product product) {
    this.dataSource = dataSource;
    this.product = product;
  }

  /** Runs {@code work} in one transaction. */
  synchronized <T> T read(SessionFactory sessions, Function<StatelessSession, T> work)
      throws SQLException {
    Connection open = open();
    boolean done = false;
    try (StatelessSession session = sessions.openStatelessSession(open)) {
      var transaction = session.beginTransaction();
      T result = work.apply(session);
      transaction.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        close(); // with whatever was wrong with it
      }
    }
  }

  /** For what JPA cannot say. */
  interface Native {
    void on(Connection connection) throws SQLException;
  }

  synchronized void read(Native work) throws SQLException {
    work.on(open());
  }

  private Connection open() throws SQLException {
    if (connection == null) {
      Connection fresh = dataSource.getConnection();
      try {
        if (product == Product.SQLITE) {
          try (Statement statement = fresh.createStatement()) {
            statement.execute("PRAGMA query_only=ON");
          }
        } else {
          fresh.setReadOnly(true);
        }
      } catch (SQLException | RuntimeException e) {
        fresh.close();
        throw e;
      }
      connection = fresh;
    }
    return connection;
  }

  /** The next read opens it anew. */
  synchronized void close() {
    if (connection == null) {
      return;
    }
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.log(Level.FINE, "a store's second connection did not close", e);
    }
    connection = null;
  }
}
