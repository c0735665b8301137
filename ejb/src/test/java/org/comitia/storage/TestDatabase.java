package org.comitia.storage;

import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;

/** A real database under test: how to reach the one that belongs to a store directory. */
interface TestDatabase {
  /** A data source for this unit of the store in this directory. */
  DataSource dataSource(Unit unit, Path raftDir) throws SQLException;
}
