package org.comitia.raft;

/**
 * The answer to one {@code readIndex} request (thesis §6.4).
 *
 * @param requestId as given
 * @param index serve the read when this index is applied; -1: not leader any more, the read was not
 *     served
 */
public record ReadResult(long requestId, long index) {
  public boolean confirmed() {
    return index >= 0;
  }
}
