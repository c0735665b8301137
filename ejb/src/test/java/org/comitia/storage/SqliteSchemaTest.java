package org.comitia.storage;

class SqliteSchemaTest extends SchemaContract {
  private final TestDatabase database = new SqliteDatabase();

  @Override
  TestDatabase database() {
    return database;
  }
}
