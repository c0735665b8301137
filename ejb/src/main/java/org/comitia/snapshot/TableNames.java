package org.comitia.snapshot;

import java.util.List;

/** The tables of a state, as an archive names them. */
public final class TableNames {
  /**
   * In the order of their numbers in a chunk (SnapshotChunkFrame in snapshot.proto), which begin
   * with 1; the names are those of the saved tables (docs/schema.md).
   */
  public static final List<String> NAMES =
      List.of(
          "nodes",
          "services",
          "checks",
          "kv",
          "tombstones",
          "indexes",
          "sessions",
          "lock_delays",
          "prepared_queries",
          "coordinates",
          "autopilot",
          "access");

  private TableNames() {}
}
