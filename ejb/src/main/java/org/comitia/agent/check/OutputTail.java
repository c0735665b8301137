package org.comitia.agent.check;

import java.nio.charset.StandardCharsets;

/**
 * The last bytes of a check's output, as many as its limit allows. Used by one thread at a time.
 */
final class OutputTail {
  private final byte[] ring;
  private long written;

  OutputTail(int limit) {
    ring = new byte[limit];
  }

  synchronized void write(byte[] bytes, int offset, int length) {
    int skipped = Math.max(0, length - ring.length);
    for (int i = skipped; i < length; i++) {
      ring[(int) ((written + i) % ring.length)] = bytes[offset + i];
    }
    written += length;
  }

  /** What is kept; bytes that are no UTF-8 become U+FFFD. */
  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  synchronized byte[] bytes() {
    int kept = (int) Math.min(written, ring.length);
    byte[] bytes = new byte[kept];
    for (int i = 0; i < kept; i++) {
      bytes[i] = ring[(int) ((written - kept + i) % ring.length)];
    }
    return bytes;
  }

  /** What is kept; tells when it is not all. */
  synchronized String textWithCount() {
    return written > ring.length
        ? "Captured " + ring.length + " of " + written + " bytes\n...\n" + text()
        : text();
  }
}
