package org.comitia.snapshot;

import java.io.IOException;

/**
 * An archive whose bytes are not those that were written. Nothing of it is to be used. The message
 * quotes the archive: its control characters are escaped by whoever shows it.
 */
public final class DamagedArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String part;

  /**
   * @param part the file in the archive that is not whole, or that the archive is
   */
  public DamagedArchiveException(String part, String why) {
    super("COM3041: the snapshot is damaged, do not use it: " + part + ": " + why);
    this.part = part;
  }

  /** The file in the archive that is not whole; {@link ArchiveFormat#WHOLE} for all of it. */
  public String part() {
    return part;
  }
}
