package org.comitia.cluster;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;

/**
 * The durable half of a server: log, term, vote, identity and small named records. One thread, the
 * log thread, calls it after opening, but for {@link #read} and {@link #scrub}; nobody interrupts
 * that thread. An opened store holds its directory's lock until {@link #close()}.
 */
public interface LogStore extends AutoCloseable {
  /** This store's incarnation, minted when it was created or {@link #become recovered}. */
  UUID incarnation();

  /** The small named records (cluster id, bootstrap promise, ...): a copy. */
  Map<String, byte[]> records() throws StoreException;

  /**
   * Reads what a server starts from; verifies the checksum of every row that the log still needs.
   *
   * @param appliedIndex what the saved tables hold; entries after it belong into the tail as far as
   *     {@code tailBytes} reach
   * @param tailBytes bound of the tail kept in memory
   */
  StoredLog load(long appliedIndex, long tailBytes) throws StoreException;

  /**
   * Writes all of it in one transaction, in order, and returns when it is synced. A busy database
   * is waited for, not a failure.
   *
   * @param persists what the core wants persisted; may be empty
   * @param records named records to set; an empty array deletes the record
   * @throws StoreException when it failed; also when entries leave a gap, when a base lies before
   *     the one in force, or when something up to that one is to be truncated
   */
  void write(List<Persist> persists, Map<String, byte[]> records) throws StoreException;

  /**
   * As {@link #write}, and in the same transaction the store becomes another incarnation: what was
   * promised or acknowledged as the former one binds and counts no more. Only for a recovery from a
   * lost quorum, before the server starts.
   *
   * @param next the new incarnation, from now on {@link #incarnation()}
   * @throws StoreException when it failed; nothing has changed then, or all of it
   */
  void become(UUID next, List<Persist> persists, Map<String, byte[]> records) throws StoreException;

  /**
   * Frees some of the space of entries that a {@link Persist#base} made the store forget: a slice
   * so small that whoever waits for the next {@link #write} hardly notices. Crashing before all is
   * freed leaves rows that nobody reads. Asks the database nothing when there is nothing to free.
   *
   * @return whether there may be more
   * @throws StoreException when it failed, which is as final as a failed write
   */
  boolean sweep() throws StoreException;

  /**
   * Entries from {@code fromIndex} on, contiguous, at least one if it exists, until {@code
   * maxBytes} are passed; none when the log begins behind {@code fromIndex}. What is synced is
   * found. One thread at a time, beside the log thread: on a connection of its own it holds up no
   * write.
   */
  List<Entry> read(long fromIndex, int maxBytes) throws StoreException;

  /**
   * After a failure: opens a new connection, forces everything out anew and verifies all checksums
   * (design §3). What is damaged at or before {@code known}, while all behind it is whole, is not
   * needed any more: a copy of the damaged file is kept, and the log begins behind that point.
   *
   * @param known what the saved tables hold and the log may begin behind; {@link LogBase#NONE} when
   *     it must not be cut
   * @throws StoreException when it cannot be used now, to be tried again later; or, when {@link
   *     StoreException#isDamage}, is not to be trusted any more
   */
  void reopen(LogBase known) throws StoreException;

  /** Begins to look through all that is stored. Its slices run beside all other calls. */
  Scrub scrub();

  /** How its file stands at this moment. For any thread; may take as long as the disk does. */
  StoreDisk disk();

  /** What was found out about the database's syncing when it was opened. */
  Durability durability();

  /** Bytes that the store occupies on disk. */
  long sizeBytes();

  @Override
  void close();
}
