package org.comitia.raft.bootstrap;

import java.util.Set;

/**
 * Durable records of the bootstrap that forget something, for the tests that show that it is
 * missed.
 */
public final class BrokenRecords {
  private BrokenRecords() {}

  /** Forgets which sets this server has renounced. */
  public static byte[] withoutRenounced(byte[] record) {
    BootstrapRecord whole = BootstrapRecord.decode(record);
    return new BootstrapRecord(whole.cluster(), whole.set(), Set.of()).encode();
  }

  /** Forgets the promise; not the cluster. */
  public static byte[] withoutPromise(byte[] record) {
    BootstrapRecord whole = BootstrapRecord.decode(record);
    return whole.cluster() != null
        ? record
        : new BootstrapRecord(null, null, whole.renounced()).encode();
  }
}
