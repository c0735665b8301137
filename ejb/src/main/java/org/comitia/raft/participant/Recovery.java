package org.comitia.raft.participant;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.Bootstrap;

/**
 * How one server, whose cluster has lost its majority for good, becomes the begin of a new cluster
 * (docs/design/recovery.md). A person has said that the others are lost: nothing here can know it.
 *
 * <p>All of its log is kept, whether it was committed or not. Behind it comes a configuration with
 * this server as the only one, under a new incarnation: no vote and no acknowledgement that the old
 * one gave, nor any that it was given, counts for the new one. The cluster's id is new too, so that
 * nobody of the old cluster is heard. A pure function; what it gives is to be written in one
 * transaction while the server does not run.
 *
 * @param incarnation what the store is from now on
 * @param persist the new term, with this server's vote in it, and the entry that makes it alone
 * @param records the store's records that change with it; an empty one is deleted
 * @param entry what is remembered of it
 */
public record Recovery(
    UUID incarnation, Persist persist, Map<String, byte[]> records, Recovered entry) {

  /**
   * Why there is nothing to begin a cluster with.
   *
   * @return in words, for people; empty when there is
   */
  public static String objection(StoredLog log, Map<String, byte[]> records) {
    return objection(
        Bootstrap.clusterOf(records.get(Participant.BOOTSTRAP_RECORD)),
        log.lastIndex(),
        log.appliedIndex(),
        log.base().index());
  }

  /**
   * The same of what is known of a server.
   *
   * @param cluster its cluster; null for none
   * @param lastIndex its log's last entry
   * @param savedIndex its saved tables' last entry
   * @param baseIndex its log begins behind it
   */
  public static String objection(UUID cluster, long lastIndex, long savedIndex, long baseIndex) {
    if (cluster == null || lastIndex == 0) {
      return "this server has never been in a cluster, so that it has no data to begin one with";
    }
    if (savedIndex < baseIndex) {
      return "its saved tables end at entry "
          + savedIndex
          + " and its log begins behind entry "
          + baseIndex
          + ": what is between them is nowhere on this server. Recover another one, or put its raft/"
          + " folder back from a backup";
    }
    return "";
  }

  /** Whether this server can lead without any other, so that nothing is lost. */
  public static boolean isNeedless(StoredLog log, ServerId self) {
    List<Server> voters = configuration(log).voters();
    return voters.size() == 1 && voters.get(0).id().equals(self);
  }

  /** The newest configuration of a log, committed or not. */
  public static Configuration configuration(StoredLog log) {
    List<Entry> all = log.configurations();
    return all.isEmpty()
        ? log.base().configuration()
        : ConfigurationCodec.decode(all.get(all.size() - 1).data());
  }

  /**
   * What makes this server the only one of a new cluster.
   *
   * @param log as its store holds it, without an {@link #objection}
   * @param records the same store's
   * @param self who it was, and its name and address as they are now
   * @param incarnation who it is from now on; new
   * @param cluster the new cluster's id; new
   * @param atMillis the wall clock
   */
  public static Recovery of(
      StoredLog log,
      Map<String, byte[]> records,
      Server self,
      UUID incarnation,
      UUID cluster,
      long atMillis) {
    if (!objection(log, records).isEmpty()) {
      throw new IllegalArgumentException(objection(log, records));
    }
    ServerId next = new ServerId(self.id().node(), incarnation);
    Configuration before = configuration(log);
    Configuration alone =
        new Configuration(List.of(new Server(next, self.name(), self.address(), true)));
    byte[] founding = records.get(Participant.BOOTSTRAP_RECORD);
    Recovered entry =
        new Recovered(
            Bootstrap.clusterOf(founding),
            cluster,
            atMillis,
            log.lastIndex(),
            log.termAt(log.lastIndex()),
            Math.max(log.appliedIndex(), log.base().index()),
            without(before, self.id()));
    long term = log.hardState().term() + 1;
    Entry configured =
        new Entry(
            log.lastIndex() + 1, term, Entry.Kind.CONFIGURATION, ConfigurationCodec.encode(alone));
    return new Recovery(
        incarnation,
        new Persist(0, new HardState(term, next), 0, List.of(configured)),
        changed(records, cluster, founding, entry),
        entry);
  }

  private static Configuration without(Configuration all, ServerId self) {
    return new Configuration(
        all.servers().stream().filter(server -> !server.id().equals(self)).toList());
  }

  private static Map<String, byte[]> changed(
      Map<String, byte[]> records, UUID cluster, byte[] founding, Recovered entry) {
    List<Recovered> all = new ArrayList<>(List.of(entry));
    all.addAll(Recovered.decode(records.get(Participant.RECOVERED_RECORD)));
    Map<String, byte[]> changed = new HashMap<>();
    changed.put(Participant.BOOTSTRAP_RECORD, Bootstrap.recordIn(cluster, founding));
    changed.put(Participant.RECOVERED_RECORD, Recovered.encode(all));
    changed.put(Participant.LEFT_RECORD, new byte[0]); // it campaigns, whatever it wished before
    changed.put(Participant.DIVERGED_RECORD, new byte[0]); // nobody is left who could be right
    changed.put(Participant.CONFIRMED_RECORD, new byte[0]);
    return changed;
  }
}
