package org.comitia.snapshot;

import java.io.IOException;

/**
 * An archive that this version does not read: of something else, or of a newer version. The message
 * quotes the archive: its control characters are escaped by whoever shows it.
 */
public final class UnknownArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  /** UTF-16 units of what the archive says. */
  private static final int MAX_VERSION = 64;

  private UnknownArchiveException(String message) {
    super(message);
  }

  static UnknownArchiveException other() {
    return new UnknownArchiveException(
        "COM3042: this is no snapshot of Comitia; one of Consul's has a state that is read by"
            + " Consul only");
  }

  static UnknownArchiveException newer(long version, long level, String comitia) {
    return new UnknownArchiveException(
        "COM3043: the snapshot is of a newer version (Comitia "
            + (comitia.length() > MAX_VERSION ? comitia.substring(0, MAX_VERSION) + "..." : comitia)
            + ", format "
            + version
            + ", level "
            + level
            + "; known here are format "
            + Manifest.FORMAT_VERSION
            + ", level "
            + Manifest.KNOWN_LEVEL
            + "): use that version");
  }
}
