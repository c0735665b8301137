package org.comitia.cluster;

import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;

/**
 * The saved tables: at all times a consistent copy of the state at a known index, readable with
 * plain SQL. One thread at a time saves.
 */
public interface CatalogStore extends AutoCloseable {
  /**
   * The point that the tables are at.
   *
   * @param appliedIndex the last applied entry's index, 0 for empty tables
   * @param cluster null before the first save
   * @param configurationIndex the index of the configuration entry in force at {@code appliedIndex}
   * @param fromSnapshot whether a snapshot brought the tables here and nothing was saved since: the
   *     own log may not lead here yet
   */
  record Point(
      long appliedIndex,
      long appliedTerm,
      UUID cluster,
      Configuration configuration,
      long configurationIndex,
      boolean fromSnapshot) {
    /** A point that the own log leads to. */
    public Point(
        long appliedIndex,
        long appliedTerm,
        UUID cluster,
        Configuration configuration,
        long configurationIndex) {
      this(appliedIndex, appliedTerm, cluster, configuration, configurationIndex, false);
    }

    /** The same point as a snapshot brings it. */
    public Point installed() {
      return new Point(appliedIndex, appliedTerm, cluster, configuration, configurationIndex, true);
    }

    /** The same point in a cluster that took over what was there. */
    public Point in(UUID other) {
      return new Point(
          appliedIndex, appliedTerm, other, configuration, configurationIndex, fromSnapshot);
    }

    /** What a log begins behind whose entries up to here are gone. */
    public LogBase logBase() {
      return new LogBase(appliedIndex, appliedTerm, configuration, configurationIndex);
    }
  }

  /** What {@link #load()} found. */
  record Saved(Point point, StateVersion state) {}

  Saved load() throws StoreException;

  /**
   * Writes the touched rows as they are in {@code version}, and the point, in one transaction.
   *
   * @param version the state at exactly {@code point.appliedIndex()}
   * @param touched every row changed since the last save
   */
  void save(Point point, StateVersion version, Touched touched) throws StoreException;

  /**
   * Writes all rows of {@code version} instead of those that are there, and the point, in one
   * transaction. One caller at a time, beside {@link #save} as well.
   *
   * @param version the state at exactly {@code point.appliedIndex()}
   * @throws StoreException when it is not done, or when its outcome is unknown: the tables are then
   *     as before or as {@code version} has them, so that only another {@code replace} may follow
   */
  void replace(Point point, StateVersion version) throws StoreException;

  /**
   * Writes all rows of {@code version} and the point anew, since what is stored is damaged. One
   * copy of the damaged file is kept beside it, where the database is a file and its disk has room.
   * One caller at a time, beside {@link #save} as well.
   *
   * @return what is kept of the damaged file, in words
   * @throws StoreException as {@link #replace}, and when the copy cannot be made
   */
  String rewrite(Point point, StateVersion version) throws StoreException;

  /**
   * Puts the damaged file away, under another name, and begins an empty one in its place.
   *
   * @return what it is called now
   * @throws StoreException when it could not be done, or the database is no file
   */
  String setAside() throws StoreException;

  /** Begins to look through all that is stored. Its slices run beside all other calls. */
  Scrub scrub();

  /** How its file stands at this moment. For any thread; may take as long as the disk does. */
  StoreDisk disk();

  /** What was found out about the database's syncing when it was opened. */
  Durability durability();

  @Override
  void close();
}
