package org.comitia.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.sqlite.SQLiteDataSource;

/** SQLite with one file a unit, with the URL that the distribution uses. */
final class SqliteDatabase implements TestDatabase {
  @Override
  public DataSource dataSource(Unit unit, Path raftDir) {
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl(url(unit, raftDir));
    source.setGetGeneratedKeys(false);
    return source;
  }

  @Override
  public Connection reader(Unit unit, Path raftDir) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:sqlite:file:" + raftDir.resolve(unit.fileName()) + "?mode=ro");
  }

  @Override
  public String url(Unit unit, Path raftDir) {
    return "jdbc:sqlite:" + raftDir.resolve(unit.fileName()) + "?journal_mode=WAL&synchronous=FULL";
  }
}
