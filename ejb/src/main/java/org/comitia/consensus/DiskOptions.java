package org.comitia.consensus;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * How a server looks after its disk.
 *
 * @param scrubInterval how often all that is stored is read and verified; zero: not at all. Asked
 *     again and again: it may change
 * @param reserve bytes that are kept free
 * @param unsaved a server whose tables cannot be saved for longer is not ready
 */
public record DiskOptions(Supplier<Duration> scrubInterval, long reserve, Duration unsaved) {
  /** With a minute for the tables. */
  public DiskOptions(Supplier<Duration> scrubInterval, long reserve) {
    this(scrubInterval, reserve, Duration.ofMinutes(1));
  }

  /** No scrub, and no more is kept free than a file system needs. */
  public static final DiskOptions NONE = new DiskOptions(() -> Duration.ZERO, 0);
}
