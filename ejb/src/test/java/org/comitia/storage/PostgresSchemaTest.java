package org.comitia.storage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresSchemaTest extends SchemaContract {
  private static PostgresDatabase database;

  @BeforeAll
  static void startServer() throws Exception {
    database = PostgresDatabase.start();
  }

  @AfterAll
  static void stopServer() {
    if (database != null) {
      database.close();
    }
  }

  @Override
  TestDatabase database() {
    return database;
  }
}
