package org.comitia.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** A real database under test: how to reach the one that belongs to a store directory. */
interface TestDatabase {
  /** A data source for this unit of the store in this directory. */
  DataSource dataSource(Unit unit, Path raftDir) throws SQLException;

  /** A connection as somebody opens it who only wants to look. */
  default Connection reader(Unit unit, Path raftDir) throws SQLException {
    return dataSource(unit, raftDir).getConnection();
  }

  /** What another process needs to reach the same database: see {@link ChildStore}. */
  String url(Unit unit, Path raftDir) throws SQLException;

  /** Does something to the data behind the store's back. The store is closed. */
  default int tamper(Unit unit, Path raftDir, String sql) throws SQLException {
    try (Connection connection = dataSource(unit, raftDir).getConnection();
        Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }
}
