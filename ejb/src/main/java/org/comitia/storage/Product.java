package org.comitia.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** The databases that are known here, by what their driver calls them. */
enum Product {
  SQLITE("SQLite", "INTEGER", "REAL", "BLOB"),
  POSTGRESQL("PostgreSQL", "BIGINT", "DOUBLE PRECISION", "BYTEA"),
  H2(null, null, null, null),
  HSQLDB(null, null, null, null),
  OTHER(null, null, null, null);

  private final String databaseName;
  private final String numberType;
  private final String realType;
  private final String bytesType;

  Product(String databaseName, String numberType, String realType, String bytesType) {
    this.databaseName = databaseName;
    this.numberType = numberType;
    this.realType = realType;
    this.bytesType = bytesType;
  }

  static Product of(Connection connection) throws SQLException {
    String name = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
    if (name.contains("sqlite")) {
      return SQLITE;
    }
    if (name.contains("postgresql")) {
      return POSTGRESQL;
    }
    if (name.contains("hsql")) {
      return HSQLDB;
    }
    return name.equals("h2") ? H2 : OTHER;
  }

  /** What its driver calls it. */
  String databaseName() {
    return databaseName;
  }

  /**
   * DDL with the types of this database in the place of {@code NUMBER}, {@code FLOAT64} and {@code
   * BYTES}.
   */
  String ddl(String statement) {
    return statement
        .replace("NUMBER", numberType)
        .replace("FLOAT64", realType)
        .replace("BYTES", bytesType);
  }
}
