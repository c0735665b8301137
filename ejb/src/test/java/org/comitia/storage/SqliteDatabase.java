package org.comitia.storage;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.sqlite.SQLiteDataSource;

/** SQLite with one file a unit, as in production. */
final class SqliteDatabase implements TestDatabase {
  @Override
  public DataSource dataSource(Unit unit, Path raftDir) {
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl("jdbc:sqlite:" + raftDir.resolve(unit.fileName()));
    return source;
  }
}
