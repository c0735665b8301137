package org.comitia.cluster;

/**
 * Looks once through all that a store holds, a slice at a time, beside whoever writes and without
 * holding that up. One thread at a time.
 */
public interface Scrub {
  /**
   * Reads and verifies a slice.
   *
   * @return whether there is more
   * @throws StoreException when it could not be read; when {@link StoreException#isDamage}, what is
   *     stored is wrong. This scrub is over then
   */
  boolean step() throws StoreException;

  /** About how many bytes were looked at. */
  long bytes();
}
