/**
 * The disk: the Raft log, the saved tables and the node's id, over JPA.
 *
 * <h2>What it is</h2>
 *
 * Two ports of {@code cluster} are implemented here, {@link org.comitia.cluster.LogStore} (entries,
 * term and vote, the store's identity, named records) and {@link org.comitia.cluster.CatalogStore}
 * (the saved tables and up to which index they go). Each has a database of its own, because a
 * SQLite file has one writer: a big save must not stand before an append.
 *
 * <pre>
 *   StorageFactory        opens both from a DataSource that is handed in
 *     JpaLogStore         log.db: BatchCodec, LogReader, PlannedWrite
 *     JpaCatalogStore     catalog.db: CatalogTables, CatalogWrite
 *       Database          one Hibernate unit, transactions that wait while somebody else's runs
 *         OwnedConnection the writing connection, open as long as the store is
 *         ReadConnection  another one, for old entries and the scrub
 *       Integrity         what the database itself finds damaged; DamagedFile keeps a copy of it
 *       ...Row            the entities; RowChecksum over each row's columns
 *     LogScrub, CatalogScrub look through all that is stored; FileWatch: whether the file is there
 *     StoppedServer       what a stopped server has, for a recovery
 *     StoreLock           keeps a second process, and a second copy in this one, off the folder
 *     DurabilityProbe     whether a commit is on the disk when it returns
 *   NodeIdFile            the node's id, which outlives raft/
 * </pre>
 *
 * <h2>What it may touch</h2>
 *
 * JPA, Hibernate and SQL live here and nowhere else. Of the other rooms it knows {@code cluster},
 * {@code raft} (entries, configurations), {@code state} (rows) and {@code files}.
 *
 * <h2>Threads</h2>
 *
 * It has none. The log store is the log thread's: every write of it after opening comes from there;
 * old entries are read, and all of it is scrubbed, over connections of their own. The catalog store
 * is used by one caller at a time, in the lane of what blocks. Neither may be interrupted while it
 * works: nobody cancels or shuts down whoever calls it.
 *
 * <h2>Promises and bounds</h2>
 *
 * <ul>
 *   <li>A write has been synced when it returns. One transaction and one sync a write, whatever the
 *       number of its entries; a row holds at most 1,024 entries or 1 MiB.
 *   <li>What the log forgets costs a write nothing but the row that says so; it is deleted
 *       afterwards, at most 250 rows or about 256 KiB, one row at least, at a time.
 *   <li>A save is one transaction that also holds index, term, configuration and cluster id.
 *   <li>After a {@link org.comitia.cluster.StoreException} the store is used no more until it was
 *       reopened, which writes and syncs every page anew. Damage, which a checksum or the database
 *       finds, is told as such ({@code isDamage}) ; only what the saved tables, or the state in
 *       memory, have as well is written anew or cut away (docs/design/disks.md).
 *   <li>A database that is busy is waited for; that is no failure.
 * </ul>
 *
 * <p>Figures and the reasons are in {@code docs/design/storage.md}, the order of what is written in
 * {@code docs/design/protocol.md}, the tables for readers with SQL in {@code docs/schema.md}.
 */
package org.comitia.storage;
