package org.comitia.cluster;

import java.util.UUID;
import org.comitia.raft.Configuration;
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
   */
  record Point(
      long appliedIndex,
      long appliedTerm,
      UUID cluster,
      Configuration configuration,
      long configurationIndex) {}

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

  @Override
  void close();
}
