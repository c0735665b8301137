#!/usr/bin/env bash
# org.xerial:sqlite-jdbc 3.54.1.0, slf4j-api 2.0.17, JDK 17.
# A plain executeUpdate() of an INSERT, prepared with NO_GENERATED_KEYS, is followed by a question of the driver's own for the last row's id:
# getGeneratedKeys() has it though nobody asked for it, and still has it when another statement has inserted another row since. (By its source and by a
# profile: a regular expression over the SQL at each insert, and a SELECT that is prepared anew each time; 3 of 12 us of processor time an insert.)
# jdbc.get_generated_keys=false ends that, in the URL that DriverManager is given. In the URL of a SQLiteDataSource it changes nothing: the data
# source says "true" besides, and its word counts. The same goes for transaction_mode. There the setter has to be called.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
copy() { mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$1" -DoutputDirectory="$dir"; }
copy org.xerial:sqlite-jdbc:3.54.1.0:jar
copy org.slf4j:slf4j-api:2.0.17:jar
cat > "$dir/Keys.java" <<'JAVA'
import java.sql.*;

public class Keys {
  public static void main(String[] args) throws SQLException {
    String off = "jdbc:sqlite:?jdbc.get_generated_keys=false";
    show("by default", DriverManager.getConnection("jdbc:sqlite:"));
    show("false in DriverManager's URL", DriverManager.getConnection(off));
    org.sqlite.SQLiteDataSource source = new org.sqlite.SQLiteDataSource();
    source.setUrl(off);
    show("false in a data source's URL", source.getConnection());
    source.setGetGeneratedKeys(false);
    show("false by the data source's setter", source.getConnection());
  }

  private static void show(String how, Connection connection) throws SQLException {
    try (connection) {
      connection.createStatement().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
      PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, 'x')", Statement.NO_GENERATED_KEYS);
      insert.setLong(1, 7);
      insert.executeUpdate();
      connection.createStatement().execute("INSERT INTO t VALUES (8, 'x')");
      ResultSet keys = insert.getGeneratedKeys();
      System.out.println(how + ": " + (keys.next() ? "the id " + keys.getLong(1) : "no id"));
    }
  }
}
JAVA
java -cp "$dir/*" "$dir/Keys.java" 2>"$dir/err" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
by default: the id 7
false in DriverManager's URL: no id
false in a data source's URL: the id 7
false by the data source's setter: no id
OUT
