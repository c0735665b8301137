package org.comitia.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a {@link Link} reads from and writes to: its socket as it is, or secured by the cluster's
 * key. Nothing blocks. Reading and closing are the event loop's; writing, what is asked after it,
 * and closing need the link's lock.
 */
interface LinkChannel {
  /**
   * Takes what has come, as far as there is room.
   *
   * @return how many bytes the socket gave: not those that come out of them; negative at its end
   * @throws OtherKeyException when the other side does not prove the cluster's key
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * Whether the other side may speak as a server: where servers prove that they are (certificates
   * with {@code verify_server_hostname}), whether it has. Once something was read.
   */
  boolean isServer();

  /** Whether the last read left nothing behind that no event would tell of. */
  boolean isDrained();

  /** Whether bytes have come that are of no use before more have. */
  boolean isInPart();

  /**
   * Gives what the socket takes, or nothing before the handshake is through.
   *
   * @return how many bytes the socket took: not those that were taken from {@code from}
   */
  int write(ByteBuffer from) throws IOException;

  /** Whether the socket takes no more for now, and something waits for it. */
  boolean isFull();

  /** Whether there is something to write beside what is handed in. Any thread. */
  boolean owes();

  /** Of the bytes handed in: up to which one the kernel may have some in any form. */
  long handed();

  /**
   * Whether it is to end, since its key was taken out of the cluster's. The event loop's thread.
   */
  boolean isOutdated();

  void close() throws IOException;
}
