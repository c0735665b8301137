package org.comitia.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** The databases that are known here, by what their driver calls them. */
enum Product {
  SQLITE("SQLite", "INTEGER", "BLOB"),
  POSTGRESQL("PostgreSQL", "BIGINT", "BYTEA"),
  H2(null, null, null),
  HSQLDB(null, null, null),
  OTHER(null, null, null);

  private final String databaseName;
  private final String numberType;
  private final String bytesType;

  Product(String databaseName, String numberType, String bytesType) {
    this.databaseName = databaseName;
    this.numberType = numberType;
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

  /** DDL with the types of this database in the place of {@code NUMBER} and {@code BYTES}. */
  String ddl(String statement) {
    return statement.replace("NUMBER", numberType).replace("BYTES", bytesType);
  }
}
