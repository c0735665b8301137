package org.comitia.consensus;

import java.util.List;
import java.util.UUID;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Recovered;
import org.comitia.raft.participant.Recovery;

/**
 * Makes a server that does not run, and whose cluster has lost its majority for good, the begin of
 * a new cluster (docs/design/recovery.md). One thread; blocks on the stores.
 */
public final class QuorumRecovery {
  private final LogStore store;
  private final ServerId id;
  private final LoadedStores loaded;

  private QuorumRecovery(LogStore store, ServerId id, LoadedStores loaded) {
    this.store = store;
    this.id = id;
    this.loaded = loaded;
  }

  /**
   * Reads both stores.
   *
   * @param knownLevel the highest feature level that this server applies
   * @throws StoreException as when a server starts with them
   */
  public static QuorumRecovery of(LogStore store, CatalogStore catalog, UUID nodeId, int knownLevel)
      throws StoreException {
    ServerId id = new ServerId(nodeId, store.incarnation());
    return new QuorumRecovery(store, id, LoadedStores.of(store, catalog, id, knownLevel, 0));
  }

  /** Why there is nothing to begin a cluster with, in words; empty when there is. */
  public String objection() {
    return Recovery.objection(loaded.log(), loaded.records());
  }

  /** Whether this server can lead without any other: there is nothing to recover from. */
  public boolean isNeedless() {
    return Recovery.isNeedless(loaded.log(), id);
  }

  /** The cluster that it is in; null for none. */
  public UUID cluster() {
    return Bootstrap.clusterOf(loaded.records().get(Participant.BOOTSTRAP_RECORD));
  }

  /** Its log's last entry. */
  public long lastIndex() {
    return loaded.log().lastIndex();
  }

  /** The term of its log's last entry. */
  public long lastTerm() {
    return loaded.log().termAt(loaded.log().lastIndex());
  }

  /**
   * Writes it, in one transaction. The store has another incarnation afterwards.
   *
   * @param name its node name as it is now
   * @param address its server port, {@code ip:port}, as it is now
   * @param incarnation new
   * @param cluster the new cluster's id; new
   * @param atMillis the wall clock
   * @return what is remembered of it
   * @throws IllegalArgumentException when there is an {@link #objection}
   */
  public Recovered carryOut(
      String name, String address, UUID incarnation, UUID cluster, long atMillis)
      throws StoreException {
    Recovery recovery =
        Recovery.of(
            loaded.log(),
            loaded.records(),
            new Server(id, name, address, true),
            incarnation,
            cluster,
            atMillis);
    store.become(recovery.incarnation(), List.of(recovery.persist()), recovery.records());
    return recovery.entry();
  }
}
