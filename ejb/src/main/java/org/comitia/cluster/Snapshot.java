package org.comitia.cluster;

/**
 * The state at one index as the bytes of an archive (docs/design/snapshot.md), made while they are
 * asked for. It holds that version of the state as long as somebody holds it. Not thread safe.
 */
public interface Snapshot {
  /** The index that the state is at. */
  long index();

  /**
   * The bytes that follow, some tens of KiB to 2 MiB; null at the end. Work of some milliseconds,
   * but for the first call, which looks at all rows: about a second for each million. Blocks on
   * nothing.
   */
  byte[] next();
}
