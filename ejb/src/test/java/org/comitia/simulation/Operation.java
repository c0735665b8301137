package org.comitia.simulation;

import java.util.UUID;

/** One read or write as its client saw it. */
final class Operation {
  static final long NEVER = Long.MAX_VALUE;

  final int client;
  final int key;
  final boolean write;
  final long invoked;

  /** What was written, or read once answered. */
  long value;

  /** {@link #NEVER}: the outcome is unknown. */
  long responded = NEVER;

  /** Surely not carried out: no part of the history. */
  boolean failed;

  /** Of the server that answered a read; of a write the ledgers know it. */
  UUID cluster;

  Operation(int client, int key, boolean write, long value, long invoked) {
    this.client = client;
    this.key = key;
    this.write = write;
    this.value = value;
    this.invoked = invoked;
  }

  @Override
  public String toString() {
    return (write ? "write " : "read ")
        + "k"
        + key
        + "="
        + value
        + " ["
        + invoked / World.MILLI
        + ", "
        + (responded == NEVER ? "?" : String.valueOf(responded / World.MILLI))
        + "] of c"
        + client;
  }
}
