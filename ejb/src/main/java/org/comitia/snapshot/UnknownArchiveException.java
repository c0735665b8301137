package org.comitia.snapshot;

import java.io.IOException;

/** An archive that this version does not read: of something else, or of a newer version. */
public final class UnknownArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

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
            + comitia
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
