package org.comitia.storage;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.files.DiskRoom;

/**
 * Opens the stores of a server. Nothing here runs before it is called, so that a node without a
 * store boots no Hibernate. Each call boots one persistence unit (some 0.5 s on a cold JVM); the
 * two may run on two threads at once.
 */
public final class StorageFactory {
  private StorageFactory() {}

  /**
   * Creates the directory if need be, takes its lock and opens the log in it.
   *
   * @param dataSource of SQLite's {@code log.db} in {@code raftDir}, or of this node's own
   *     PostgreSQL database; never pooled beyond what is in use, never shared with another node
   * @param raftDir {@code <data-dir>/raft}
   * @throws StoreException when the directory is in use (names the holder), cannot be written, or
   *     the database cannot be opened or does not belong to this version
   */
  public static LogStore openLog(DataSource dataSource, Path raftDir) throws StoreException {
    return openLog(dataSource, raftDir, allOf(raftDir));
  }

  /**
   * The same.
   *
   * @param room of the directory's disk: what is damaged is copied only when there is enough
   */
  public static LogStore openLog(DataSource dataSource, Path raftDir, DiskRoom room)
      throws StoreException {
    return JpaLogStore.open(dataSource, raftDir, room);
  }

  private static DiskRoom allOf(Path raftDir) {
    return DiskRoom.of(raftDir, whole -> 0);
  }

  /**
   * Opens the saved tables. The log of the same directory must be open already: it holds the lock
   * for both.
   *
   * @param dataSource of SQLite's {@code catalog.db} in {@code raftDir}, or of this node's own
   *     PostgreSQL database
   */
  public static CatalogStore openCatalog(DataSource dataSource, Path raftDir)
      throws StoreException {
    return openCatalog(dataSource, raftDir, allOf(raftDir));
  }

  /** The same, with {@code room} as for {@link #openLog(DataSource, Path, DiskRoom)}. */
  public static CatalogStore openCatalog(DataSource dataSource, Path raftDir, DiskRoom room)
      throws StoreException {
    return JpaCatalogStore.open(dataSource, raftDir, room);
  }
}
