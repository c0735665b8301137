package org.comitia.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.consensus.QuorumRecovery;
import org.comitia.files.DurableFiles;
import org.comitia.raft.participant.Recovered;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.state.FeatureLevel;

/**
 * What a server's start does about {@code raft/peers.json} or {@code raft/recover.json}: the server
 * goes on alone, as a new cluster (docs/design/recovery.md). A file that it cannot act on refuses
 * the start and changes nothing.
 */
final class LostQuorum {
  private static final Logger LOG = Logger.getLogger("agent");

  private static final String PEERS_INFO = "peers.info";

  private static final String HELP =
      """
      raft/peers.json is for a cluster that has lost the majority of its servers for good. It makes this
      server the begin of a new cluster, with all that its log holds; the others then join it.

      Better: comitia operator raft recover -data-dir DIR shows first what is kept and who is dropped.

      By hand: stop all servers that are left. Choose the one with the highest last_log_index (comitia info). Put
      this one server, and no other, into its raft/peers.json:

      [
        {
          "id": "%s",
          "address": "%s",
          "non_voter": false
        }
      ]

      Start it; the file is read once and deleted. Of each other server move raft/ away before it is started
      again: it then joins as a new one. docs/operations.md, "A majority is lost", tells it all.
      """;

  /** This server as the recovery names it. */
  record Self(UUID node, String name, String address) {}

  private final Path raft;
  private final Self self;

  LostQuorum(Path raft, Self self) {
    this.raft = raft;
    this.self = self;
  }

  /** Leaves the explanation that Consul leaves too. A folder that takes no file says so later. */
  void explain() {
    Path info = raft.resolve(PEERS_INFO);
    if (!Files.exists(info)) {
      try {
        String text = HELP.formatted(self.node(), self.address());
        DurableFiles.writeUnsynced(info, text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        LOG.fine("no " + info + ": " + e);
      }
    }
  }

  /**
   * Acts on the file, if there is one. To be called before anybody asks for the log's incarnation.
   *
   * @throws RefusedException when the start is to end here; says what to do
   */
  void recover(LogStore log, CatalogStore catalog) throws RefusedException, StoreException {
    RecoveryRequest request = request();
    if (request == null) {
      return;
    }
    LOG.warning(
        "found "
            + request.file().getFileName()
            + " file, recovering Raft configuration...: file="
            + request.file());
    requireThisServerAlone(request);
    QuorumRecovery recovery = QuorumRecovery.of(log, catalog, self.node(), FeatureLevel.KNOWN);
    if (!recovery.objection().isEmpty()) {
      throw refused(request, recovery.objection() + ". Remove the file");
    }
    if (recovery.isNeedless()) {
      LOG.warning(
          "nothing to recover: this server is the only voter of its cluster: cluster="
              + recovery.cluster());
      delete(request);
      return;
    }
    requireAsShown(request, recovery, log);
    Recovered done =
        recovery.carryOut(
            self.name(),
            self.address(),
            UUID.randomUUID(),
            UUID.randomUUID(),
            System.currentTimeMillis());
    tell(done);
    delete(request);
  }

  private RecoveryRequest request() throws RefusedException {
    try {
      return RecoveryRequest.find(raft);
    } catch (IOException e) {
      throw new RefusedException(
          "COM1040: "
              + e.getMessage()
              + ": nothing was changed. A file that cannot be read is to be mended (raft/peers.info"
              + " shows its form) or removed; then start again",
          e);
    }
  }

  /**
   * Several servers that each go on with their own log, as in Consul, would be one cluster whose
   * logs differ behind what was committed: which of them is right nobody can say afterwards.
   */
  private void requireThisServerAlone(RecoveryRequest request) throws RefusedException {
    if (request.expected() != null) {
      return;
    }
    List<RecoveryRequest.Peer> peers = request.peers();
    if (peers.stream().noneMatch(this::isSelf)) {
      throw refused(
          request,
          "it lists "
              + listed(peers)
              + " but not this server, "
              + self.node()
              + " at "
              + self.address()
              + ". Put this one server into it, or remove it");
    }
    if (peers.size() > 1) {
      throw new RefusedException(
          "COM1041: "
              + request.file()
              + " lists "
              + peers.size()
              + " servers: nothing was changed. Their logs may differ, and one of them must begin the new"
              + " cluster: remove the file and run `comitia operator raft recover -data-dir DIR -other DIR` on the server with"
              + " the highest last index (it shows which that is), or leave only that server's own entry in"
              + " its file. On each other one remove the file and move raft/ away: it then joins as a new"
              + " server",
          null);
    }
    if (peers.get(0).nonVoter()) {
      throw refused(request, "its only server is no voter. Set non_voter to false, or remove it");
    }
  }

  private boolean isSelf(RecoveryRequest.Peer peer) {
    return peer.id().isEmpty()
        ? peer.address().equals(self.address())
        : peer.id().equalsIgnoreCase(self.node().toString());
  }

  private static String listed(List<RecoveryRequest.Peer> peers) {
    return peers.stream().map(RecoveryRequest.Peer::toString).collect(Collectors.joining(", "));
  }

  private static void requireAsShown(RecoveryRequest request, QuorumRecovery recovery, LogStore log)
      throws RefusedException {
    RecoveryRequest.Expected now =
        new RecoveryRequest.Expected(
            recovery.cluster(), log.incarnation(), recovery.lastIndex(), recovery.lastTerm());
    if (request.expected() != null && !request.expected().equals(now)) {
      throw new RefusedException(
          "COM1042: "
              + request.file()
              + " was made for "
              + request.expected()
              + ", and this server has "
              + now
              + ": it was not recovered. Remove the file, run `comitia operator raft recover` again and look"
              + " at what it shows",
          null);
    }
  }

  private static RefusedException refused(RecoveryRequest request, String why) {
    return new RefusedException(
        "COM1043: recovery failed: " + request.file() + ": nothing was changed: " + why, null);
  }

  private static void tell(Recovered done) {
    LOG.warning(
        "COM1044: recovered: this server alone goes on as a new cluster: cluster="
            + done.cluster()
            + " predecessor="
            + done.predecessor()
            + " at="
            + Instant.ofEpochMilli(done.atMillis())
            + " last_index="
            + done.lastIndex()
            + " last_term="
            + done.lastTerm()
            + " known_committed="
            + done.knownIndex()
            + " dropped=\""
            + done.droppedText()
            + "\". Dropped servers are refused until their raft/ is moved away");
  }

  /** What is done is on the disk; a file that stays is found needless by the next start. */
  private void delete(RecoveryRequest request) throws RefusedException {
    try {
      Files.deleteIfExists(request.file());
      DurableFiles.syncDirectory(raft);
    } catch (IOException e) {
      throw new RefusedException(
          "COM1045: " + request.file() + " is done with and cannot be deleted: remove it: " + e, e);
    }
    LOG.info(
        "deleted "
            + request.file().getFileName()
            + " file after successful recovery: file="
            + request.file());
  }
}
