package org.comitia.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What checksums of rows cannot find in a SQLite file: pages that lost a row, an index that finds
 * another one, a table whose name changed, in whose place an empty one would be made. PostgreSQL
 * looks after its pages itself.
 */
final class Integrity {
  private Integrity() {}

  /**
   * Reads the whole file: 130 MiB in less than a second when it is in memory.
   *
   * @param tables the statements that make the tables
   * @throws DamagedRowException with what is wrong
   */
  static void require(Unit unit, Product product, Connection connection, List<String> tables)
      throws SQLException {
    if (product != Product.SQLITE) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      try (ResultSet found = statement.executeQuery("PRAGMA integrity_check(1)")) {
        String said = found.next() ? found.getString(1) : "no answer";
        if (!said.equals("ok")) {
          throw damaged(unit, said);
        }
      }
      requireNames(unit, statement, tables);
    }
  }

  /** A table that is missing while another one has nearly its name was not forgotten. */
  private static void requireNames(Unit unit, Statement statement, List<String> tables)
      throws SQLException {
    Set<String> strange = new HashSet<>();
    try (ResultSet found = statement.executeQuery("PRAGMA table_list")) {
      while (found.next()) {
        strange.add(found.getString("name"));
      }
    }
    List<String> missing = new ArrayList<>();
    for (String table : tables) {
      String name = table.replaceFirst(".* EXISTS (\\w+) .*", "$1");
      if (!strange.remove(name)) {
        missing.add(name);
      }
    }
    for (String name : missing) {
      for (String other : strange) {
        if (differInOne(name, other)) {
          throw damaged(unit, "table " + name + " is called " + other);
        }
      }
    }
  }

  private static boolean differInOne(String one, String other) {
    int differ = 0;
    for (int i = 0; i < one.length() && one.length() == other.length(); i++) {
      differ += one.charAt(i) == other.charAt(i) ? 0 : 1;
    }
    return differ == 1;
  }

  private static DamagedRowException damaged(Unit unit, String said) {
    return new DamagedRowException("COM3071: " + unit.fileName() + " is damaged: " + said);
  }
}
