package org.comitia.storage;

class SqliteCatalogTest extends CatalogContract {
  private final TestDatabase database = new SqliteDatabase();

  @Override
  TestDatabase database() {
    return database;
  }
}
