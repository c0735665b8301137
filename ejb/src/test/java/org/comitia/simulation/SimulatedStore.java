package org.comitia.simulation;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.Durability;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;

/**
 * A server's log store on its simulated disk. A call returns at once and says how long it takes;
 * what it writes is on the disk when that time is over ({@link #settle}).
 */
final class SimulatedStore implements LogStore {
  private final SimulatedNode node;
  private final World world;
  private boolean failNext;
  private boolean failNextRead;
  private long fullUntil;
  private int slowness = 1;
  private long cost;
  private long readCost;
  private boolean failed;
  private boolean rotten;
  private boolean reopened;

  SimulatedStore(SimulatedNode node) {
    this.node = node;
    this.world = node.world;
  }

  // ---- faults ----

  void slow(int factor) {
    slowness = factor;
  }

  void failNext() {
    failNext = true;
  }

  void failNextRead() {
    failNextRead = true;
  }

  /** No room for anything written until then, nor for opening the store anew. */
  void fill(long nanos) {
    fullUntil = world.now + nanos;
  }

  /** A row that the tables cover is damaged. */
  void rot() {
    rotten = true;
  }

  private boolean isFull() {
    return !world.calm && world.now < fullUntil;
  }

  // ---- what the log writer calls ----

  @Override
  public void write(List<Persist> persists, Map<String, byte[]> records) throws StoreException {
    long always = world.scenario.syncNanos();
    cost += world.between(200_000, 3 * World.MILLI) * slowness + world.between(always / 2, always);
    boolean fails = failNext || isFull();
    if (!fails || world.random.nextBoolean()) {
      node.disk.begin(new SimulatedDisk.Write(persists, records));
    }
    if (fails) {
      fail("the simulated disk fails"); // and nobody knows whether it was committed
    }
  }

  /** The server does not run: nothing is under way, and it is synced at once. */
  @Override
  public void become(UUID next, List<Persist> persists, Map<String, byte[]> records) {
    persists.forEach(node.disk::write);
    records.forEach((name, bytes) -> node.disk.set(name, bytes, world.broken));
    node.disk.incarnation = next;
  }

  /** What is forgotten is gone at once. */
  @Override
  public boolean sweep() {
    return false;
  }

  @Override
  public List<Entry> read(long fromIndex, int maxBytes) throws StoreException {
    readCost += world.between(100_000, 3 * World.MILLI) * slowness;
    if (failNextRead) {
      failNextRead = false;
      throw new StoreException("the simulated disk cannot be read");
    }
    DiskLog log = node.disk.log; // what is committed
    if (fromIndex <= log.base().index()) {
      return List.of();
    }
    List<Entry> rest = log.from(fromIndex);
    int count = 0;
    long bytes = 0;
    while (count < rest.size() && (count == 0 || bytes <= maxBytes)) {
      bytes += rest.get(count++).size();
    }
    return List.copyOf(rest.subList(0, count));
  }

  private void fail(String how) throws StoreException {
    failNext = false;
    failed = true;
    throw new StoreException(how);
  }

  @Override
  public void reopen(LogBase known) throws StoreException {
    cost += world.between(1, 1_000) * World.MILLI;
    if (isFull() || (!world.calm && world.random.nextInt(5) == 0)) {
      throw new StoreException("the simulated disk cannot be opened");
    }
    if (rotten && known.index() > node.disk.log.base().index()) {
      node.disk.write(new Persist(0, null, 0, known, List.of()));
      world.check.mended(node);
    }
    rotten = false;
  }

  @Override
  public StoredLog load(long appliedIndex, long tailBytes) {
    reopened = true;
    return node.disk.stored();
  }

  // ---- what its driver asks ----

  /** The log writer takes it for failed. */
  void failed() {
    failed = true;
  }

  /** Whether it has failed, and nobody was told yet. */
  boolean isFailing() {
    return failed;
  }

  /** The same of what was read. */
  long takeReadCost() {
    long taken = readCost;
    readCost = 0;
    return taken;
  }

  /** How long what was called since the last time takes, nanoseconds. */
  long takeCost() {
    long taken = cost;
    cost = 0;
    return taken;
  }

  /** The time is over: what was written is on the disk, or the store has failed. */
  void settle() {
    while (!node.disk.pending.isEmpty()) {
      sync();
    }
    if (failed) {
      failed = false;
      node.disk.lose();
      node.storeFailed = true;
      world.trace(node.name, "store fails");
    }
    if (reopened) {
      reopened = false;
      node.storeFailed = false;
      world.trace(node.name, "store is reopened");
    }
  }

  private void sync() {
    SimulatedDisk.Write write = node.disk.sync(world.broken);
    world.check.synced(node, write);
  }

  /** Of the transactions under way nobody knows how many are on the disk. */
  void crash() {
    int kept = world.random.nextInt(node.disk.pending.size() + 1);
    for (int i = 0; i < kept; i++) {
      sync();
    }
    node.disk.lose();
  }

  // ---- the rest ----

  @Override
  public Scrub scrub() {
    throw new UnsupportedOperationException();
  }

  @Override
  public StoreDisk disk() {
    return StoreDisk.UNKNOWN;
  }

  @Override
  public UUID incarnation() {
    return node.disk.incarnation;
  }

  @Override
  public Map<String, byte[]> records() {
    return node.disk.records;
  }

  @Override
  public Durability durability() {
    return null;
  }

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public void close() {}
}
