package org.comitia.raft;

import java.util.ArrayList;
import java.util.List;

/**
 * The replicated log as the core sees it (paper §5.3): terms of all entries, the newest entries,
 * all configurations in it, and what of it is on its way to the disk.
 */
final class RaftLog {
  private record ConfigurationAt(long index, Configuration configuration) {}

  private LogBase base;
  private TermRuns runs;
  private EntryCache cache;
  private final ByteMarks sizes = new ByteMarks();
  private final Journal journal;
  private final long cacheBytes;
  private final ArrayList<ConfigurationAt> configurations = new ArrayList<>();
  private long lastIndex;
  private long sliceFrom;
  private int sliceLimit;
  private List<Entry> slice;

  RaftLog(StoredLog stored, long nextSequence, long cacheBytes) {
    this.base = stored.base();
    this.runs = new TermRuns(base.index(), base.term(), stored.termRuns());
    this.lastIndex = stored.lastIndex();
    this.journal = new Journal(nextSequence, lastIndex);
    this.cacheBytes = cacheBytes;
    this.cache = new EntryCache(lastIndex + 1 - stored.tail().size());
    stored.tail().forEach(cache::append);
    configurations.add(new ConfigurationAt(base.configurationIndex(), base.configuration()));
    for (Entry entry : stored.configurations()) {
      remember(entry);
    }
    evict();
  }

  Journal journal() {
    return journal;
  }

  long lastIndex() {
    return lastIndex;
  }

  long lastTerm() {
    return runs.termAt(lastIndex);
  }

  long baseIndex() {
    return base.index();
  }

  /** What the log begins behind. */
  LogBase base() {
    return base;
  }

  /** The term at an index from the base to the last; -1 outside. */
  long termAt(long index) {
    return index < base.index() || index > lastIndex ? -1 : runs.termAt(index);
  }

  /** See {@link TermRuns#lastIndexWithTermAtMost}; indexes beyond the end count as the end. */
  long lastIndexWithTermAtMost(long index, long term) {
    return runs.lastIndexWithTermAtMost(Math.max(base.index(), Math.min(index, lastIndex)), term);
  }

  /** Paper §5.4.1: is a log that ends so at least as up to date as this one? */
  boolean isUpToDate(long otherLastIndex, long otherLastTerm) {
    long term = lastTerm();
    return otherLastTerm > term || (otherLastTerm == term && otherLastIndex >= lastIndex);
  }

  /** The configuration in force: the newest in the log, committed or not (thesis §4.1). */
  Configuration configuration() {
    return configurations.get(configurations.size() - 1).configuration();
  }

  long configurationIndex() {
    return configurations.get(configurations.size() - 1).index();
  }

  /** The configuration before the one in force; that one itself when there is no other. */
  Configuration previousConfiguration() {
    return configurations.get(Math.max(0, configurations.size() - 2)).configuration();
  }

  /** The configurations at indexes in (after, upTo], oldest first. */
  void forEachConfiguration(long after, long upTo, ConfigurationConsumer consumer) {
    for (int i = 1; i < configurations.size(); i++) {
      ConfigurationAt at = configurations.get(i);
      if (at.index() > after && at.index() <= upTo) {
        consumer.accept(at.index(), at.configuration());
      }
    }
  }

  interface ConfigurationConsumer {
    void accept(long index, Configuration configuration);
  }

  /** Appends one entry, in memory and towards the disk. */
  void append(Entry entry) {
    if (entry.index() != lastIndex + 1) {
      throw new IllegalStateException(
          "entry " + entry.index() + " appended after " + lastIndex + ": the log has a gap");
    }
    runs.append(entry.index(), entry.term());
    cache.append(entry);
    journal.append(entry);
    sizes.add(entry.index(), entry.size());
    lastIndex = entry.index();
    if (entry.kind() == Entry.Kind.CONFIGURATION) {
      remember(entry);
    }
  }

  /** Drops all entries from this index on; configurations in them are rolled back. */
  void truncateFrom(long index) {
    runs.truncateFrom(index);
    cache.truncateFrom(index);
    journal.truncate(index);
    sizes.truncateFrom(index);
    lastIndex = index - 1;
    slice = null;
    while (configurations.size() > 1 && configurationIndex() >= index) {
      configurations.remove(configurations.size() - 1);
    }
  }

  /**
   * Forgets the entries up to this index, in memory and towards the disk.
   *
   * @param index committed, on the disk, above the base's; the caller makes sure of that and that
   *     the saved tables have it
   */
  void cut(long index) {
    int inForce = 0;
    while (inForce + 1 < configurations.size()
        && configurations.get(inForce + 1).index() <= index) {
      inForce++;
    }
    ConfigurationAt at = configurations.get(inForce);
    begin(new LogBase(index, termAt(index), at.configuration(), at.index()));
    journal.cut(base);
  }

  /**
   * Begins behind what an installed snapshot holds: with the entries that follow it here, or with
   * none if this log has another entry in its place, or ends before it, on the disk too.
   *
   * @param installed above the base
   */
  void installed(LogBase installed) {
    boolean stored = installed.index() <= journal.syncedIndex(); // else the disk has a gap there
    if (stored && termAt(installed.index()) == installed.term()) {
      begin(installed);
      journal.cut(base);
      return;
    }
    journal.reset(base.index() + 1, installed);
    base = installed;
    runs = new TermRuns(base.index(), base.term(), List.of());
    cache = new EntryCache(base.index() + 1);
    sizes.truncateFrom(0);
    slice = null;
    configurations.clear();
    configurations.add(new ConfigurationAt(base.configurationIndex(), base.configuration()));
    lastIndex = base.index();
  }

  private void begin(LogBase next) {
    base = next;
    runs.cut(base.index(), lastIndex);
    sizes.cut(base.index());
    configurations.removeIf(c -> c.index() <= base.index());
    configurations.add(0, new ConfigurationAt(base.configurationIndex(), base.configuration()));
  }

  /**
   * Behind which index there are about this many bytes of entries; the base when there are fewer,
   * or as far as those that were appended since the start tell.
   */
  long indexWithBytesBehind(long bytes) {
    return Math.max(base.index(), sizes.indexWithBytesBehind(bytes));
  }

  /**
   * Entries from an index on, at least one, up to about {@code maxBytes}; empty beyond the log's
   * end; null when the first is not in memory.
   */
  List<Entry> slice(long from, int maxBytes) {
    if (from > lastIndex) {
      return List.of();
    }
    if (slice != null
        && sliceFrom == from
        && sliceLimit <= maxBytes
        && from + slice.size() - 1 == lastIndex) {
      return slice;
    }
    Entry entry = cache.get(from);
    if (entry == null) {
      return null;
    }
    ArrayList<Entry> found = new ArrayList<>((int) Math.min(lastIndex - from + 1, 64));
    long bytes = 0;
    for (long i = from; entry != null; entry = cache.get(++i)) {
      bytes += entry.size();
      if (bytes > maxBytes && !found.isEmpty()) {
        break;
      }
      found.add(entry);
    }
    sliceFrom = from;
    sliceLimit = maxBytes;
    slice = found;
    return found;
  }

  Entry cached(long index) {
    return cache.get(index);
  }

  /** How many of the entries read from the store are still this log's, from the first on. */
  int valid(long fromIndex, List<Entry> read) {
    int count = 0;
    while (count < read.size()) {
      Entry entry = read.get(count);
      if (entry.index() != fromIndex + count || termAt(entry.index()) != entry.term()) {
        break;
      }
      count++;
    }
    return count;
  }

  /** Keeps the cache within its bound. Only what the disk holds can go: it can be read back. */
  void evict() {
    while (cache.bytes() > cacheBytes && cache.firstIndex() <= journal.syncedIndex()) {
      cache.evictFirst();
    }
  }

  private void remember(Entry entry) {
    configurations.add(new ConfigurationAt(entry.index(), ConfigurationCodec.decode(entry.data())));
  }
}
