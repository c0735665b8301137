package org.comitia.storage;

import java.util.List;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreException;
import org.hibernate.StatelessSession;

/** Looks through the saved tables: the database's pages, then a table a slice. */
final class CatalogScrub implements Scrub {
  private final Database database;
  private final List<Class<?>> tables = Unit.CATALOG.entities();
  private int next = -1;
  private long rows;

  CatalogScrub(Database database) {
    this.database = database;
  }

  @Override
  public boolean step() throws StoreException {
    if (next < 0) {
      database.requireIntegrity();
    } else {
      database.scrubbing(this::verify);
    }
    return ++next < tables.size();
  }

  private Void verify(StatelessSession session) {
    Class<?> table = tables.get(next);
    if (table == SessionRow.class) {
      rows += JpaCatalogStore.sessions(session).size(); // a session's checks belong to it
    } else {
      JpaCatalogStore.each(session, table.asSubclass(Row.class), row -> row, row -> rows++);
    }
    return null;
  }

  /** So many rows, a hundred bytes each. */
  @Override
  public long bytes() {
    return 100 * rows;
  }
}
