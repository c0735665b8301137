package org.comitia.storage;

class SqliteStoreTest extends StoreContract {
  private final TestDatabase database = new SqliteDatabase();

  @Override
  TestDatabase database() {
    return database;
  }
}
