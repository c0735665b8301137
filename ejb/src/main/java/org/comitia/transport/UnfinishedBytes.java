package org.comitia.transport;

import java.io.IOException;

/**
 * How much memory is held for frames that have not come whole, over all connections of a transport.
 * Taken and given by the event loop's thread only.
 */
final class UnfinishedBytes {
  private final int max;
  private volatile int held;

  UnfinishedBytes(int max) {
    this.max = max;
  }

  /**
   * @throws IOException when all together would hold more than is allowed; nothing is taken then
   */
  void take(int bytes) throws IOException {
    if (bytes > max - held) {
      throw new IOException(
          "no room for its frame: "
              + held
              + " of "
              + max
              + " bytes are held for frames that have not come whole");
    }
    held = held + bytes;
  }

  void give(int bytes) {
    held = held - bytes;
  }

  /** Any thread. */
  int held() {
    return held;
  }
}
