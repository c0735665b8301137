package org.comitia.consensus;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.state.FeatureLevel;

/** What a server starts from: its stores' contents, which fit together and which it can read. */
record LoadedStores(Map<String, byte[]> records, CatalogStore.Saved saved, StoredLog log) {
  /**
   * Reads both stores. Blocks while reading.
   *
   * @param knownLevel the highest feature level that this server applies
   * @param tailBytes see {@link LogStore#load}
   * @throws StoreException when a store cannot be read, the two do not fit together, or are not
   *     this server's; says what to do
   */
  static LoadedStores of(
      LogStore logStore, CatalogStore catalog, ServerId id, int knownLevel, long tailBytes)
      throws StoreException {
    Map<String, byte[]> records = logStore.records();
    CatalogStore.Saved saved = saved(catalog);
    requireKnownLevel(saved.state().level(), knownLevel);
    StoredLog log = log(logStore, saved, tailBytes);
    requireFitting(saved.point(), log);
    requireReadable(log.configurations());
    requireOwnStore(newest(log), id);
    return new LoadedStores(records, saved, log);
  }

  private static Configuration newest(StoredLog log) {
    List<Entry> all = log.configurations();
    return all.isEmpty()
        ? log.base().configuration()
        : ConfigurationCodec.decode(all.get(all.size() - 1).data());
  }

  private static void requireFitting(CatalogStore.Point saved, StoredLog log)
      throws StoreException {
    if (saved.appliedIndex() > log.lastIndex()) {
      throw new StoreException(
          "COM1019: the saved tables are at index "
              + saved.appliedIndex()
              + " but the log ends at "
              + log.lastIndex()
              + ": log.db and catalog.db do not belong together. Put back the pair that does, if there is one;"
              + " else, if the other servers have a leader, move the raft/ folder away and join again"
              + " (without a leader there, keep it: the cluster may need it)");
    }
  }

  /** Damaged tables are put away: what they held comes from the log, or from the leader. */
  private static CatalogStore.Saved saved(CatalogStore catalog) throws StoreException {
    try {
      return catalog.load();
    } catch (StoreException e) {
      if (!e.isDamage()) {
        throw e;
      }
      catalog.setAside();
      return catalog.load();
    }
  }

  /** What is damaged in the log and was saved in the tables is not needed. */
  private static StoredLog whole(LogStore store, CatalogStore.Saved saved, long tailBytes)
      throws StoreException {
    long index = saved.point().appliedIndex();
    try {
      return store.load(index, tailBytes);
    } catch (StoreException e) {
      boolean mayCut =
          index > 0
              && !saved.point().fromSnapshot()
              && saved.state().level() >= FeatureLevel.SNAPSHOTS;
      if (!e.isDamage() || !mayCut) {
        throw e;
      }
      store.reopen(saved.point().logBase());
      return store.load(index, tailBytes);
    }
  }

  /** The log that belongs to the tables: a crash may have come between a snapshot's two halves. */
  private static StoredLog log(LogStore store, CatalogStore.Saved tables, long tailBytes)
      throws StoreException {
    CatalogStore.Point saved = tables.point();
    StoredLog log = whole(store, tables, tailBytes);
    Optional<Persist> unfinished = InstalledTables.unfinished(saved, log);
    if (unfinished.isEmpty()) {
      return log;
    }
    store.write(List.of(unfinished.get()), Map.of());
    return store.load(saved.appliedIndex(), tailBytes);
  }

  /** The core takes for granted that it can read the configurations of its own log. */
  private static void requireReadable(List<Entry> configurations) throws StoreException {
    for (Entry entry : configurations) {
      try {
        ConfigurationCodec.decode(entry.data());
      } catch (IllegalArgumentException unknown) {
        throw new StoreException(
            "COM1026: the log was written by a newer version (entry "
                + entry.index()
                + ": "
                + unknown.getMessage()
                + "): start that version again",
            unknown);
      }
    }
  }

  /** What was applied under rules that this server does not know, it cannot go on with. */
  private static void requireKnownLevel(int level, int known) throws StoreException {
    if (level > known) {
      throw new StoreException(
          "COM1025: the saved tables are at feature level "
              + level
              + " and this version knows levels up to "
              + known
              + ": install the version that the other servers run");
    }
  }

  /**
   * A store keeps its incarnation when it is copied. Under another node id it would be no voter of
   * its own configuration and never follow or lead.
   */
  private static void requireOwnStore(Configuration configuration, ServerId id)
      throws StoreException {
    for (Server server : configuration.servers()) {
      boolean sameStore = server.id().incarnation().equals(id.incarnation());
      if (sameStore && !configuration.contains(id)) {
        throw new StoreException(
            "COM1021: the log in raft/ belongs to node "
                + server.id().node()
                + " ("
                + server.name()
                + "), but node-id of this data directory says "
                + id.node()
                + ". Put the first one into the file node-id, if this is that server and it runs"
                + " nowhere else; else move raft/ away");
      }
    }
  }
}
