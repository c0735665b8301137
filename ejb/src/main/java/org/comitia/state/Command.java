package org.comitia.state;

import java.util.List;
import java.util.Map;
import org.comitia.access.AccessObject;
import org.comitia.access.Token;

/**
 * What may be written into the log: a request to change the state. Deterministic: carries all that
 * it needs.
 */
public sealed interface Command {
  /**
   * Registers a node, and with it a service and checks ({@code /v1/catalog/register}). Indexes in
   * the parts are ignored.
   *
   * @param service null for none
   */
  record Register(Node node, boolean skipNodeUpdate, Service service, List<Check> checks)
      implements Command {}

  /**
   * Removes a node with all that is on it, or one service with its checks, or one check. @param
   * serviceId null for none
   */
  record Deregister(String node, String serviceId, String checkId) implements Command {}

  /**
   * Sets a key. @param casIndex null: unconditionally; 0: only if absent; else only if its
   * ModifyIndex is this
   */
  record KvPut(String key, byte[] value, long flags, Long casIndex) implements Command {}

  /**
   * Deletes a key. @param casIndex null: unconditionally; else only if its ModifyIndex is this (0
   * deletes nothing)
   */
  record KvDelete(String key, Long casIndex) implements Command {}

  /** Deletes all keys with this prefix. */
  record KvDeleteTree(String prefix) implements Command {}

  /**
   * Forgets the tombstones up to an index; proposed by the leader (Consul: 15 minutes after the
   * deletes).
   */
  record ReapTombstones(long upToIndex) implements Command {}

  /**
   * Sets a key and makes a session its holder; {@code false} when another session holds it, or its
   * lock-delay runs.
   */
  record KvAcquire(String key, byte[] value, long flags, String session) implements Command {}

  /** Sets a key and takes its holder away; {@code false} when the session does not hold it. */
  record KvRelease(String key, byte[] value, long flags, String session) implements Command {}

  /** Indexes in the session are ignored. */
  record SessionCreate(Session session) implements Command {}

  /** Ends a session, whether it was asked for or its TTL has passed; its locks are invalidated. */
  record SessionDestroy(String id) implements Command {}

  /**
   * Ends the lock-delays of keys: proposed by the leader once their time is over on its clock.
   *
   * @param since key to the index of the invalidation that began the delay: a delay that began
   *     later stays
   */
  record EndLockDelays(Map<String, Long> since) implements Command {}

  /** All operations or none; the outcome is a {@link CommandResult.TxnDone}. */
  record Txn(List<TxnOp> ops) implements Command {}

  /**
   * Creates a prepared query, or replaces one. Indexes in it are ignored.
   *
   * @param update whether it must be there already
   */
  record PreparedQuerySet(PreparedQuery query, boolean update) implements Command {}

  /** Deletes a prepared query; an error when it is not there. */
  record PreparedQueryDelete(String id) implements Command {}

  /**
   * Says where nodes are in the network. Coordinates of unknown nodes, and those that are no
   * numbers, are passed over.
   */
  record CoordinateUpdate(List<Coordinate> coordinates) implements Command {}

  /**
   * Puts the next feature level in force; {@code false} when it is not the one behind that in
   * force. Proposed by the leader alone, when all servers know it.
   */
  record RaiseLevel(int level) implements Command {}

  /**
   * A step of restoring an archived state (docs/design/snapshot.md); from {@link
   * FeatureLevel#RESTORE} on. What has come so far is beside the state, which only the last step
   * changes, as a whole.
   */
  sealed interface Restoration extends Command {
    /** Of the restoration; whoever restores has drawn it. */
    String id();
  }

  /**
   * Begins it; one that is under way under another id is given up. Repeated, it changes nothing.
   *
   * @param level the archived state's feature level
   * @param parts how many {@link RestoreRows} follow
   * @param bytes {@link Tables#bytes()} of all of them, as whoever restores counts: for the leader,
   *     which proposes no more; nothing that is applied depends on it
   */
  record RestoreBegin(String id, int level, long parts, long bytes) implements Restoration {}

  /**
   * Rows of the archived state. Repeated, it changes nothing.
   *
   * @param sequence 0 for the first part; each is behind the one before it
   */
  record RestoreRows(String id, long sequence, Tables rows) implements Restoration {}

  /**
   * Puts the archived state in the place of the one that is there, if all parts have come and are
   * what was archived; else it is given up. All rows count as modified here.
   */
  record RestoreCommit(String id) implements Restoration {}

  /** Gives it up; {@code false} when it is not under way. */
  record RestoreAbort(String id) implements Restoration {}

  /**
   * Has every server compare its state with the cluster's; changes nothing. Proposed by the leader
   * alone, from {@link FeatureLevel#DIGESTS} on, twice each time: first without a digest, where
   * each server notes its own behind that entry and tells it; then with the digest that a majority
   * of the voters has told.
   *
   * @param index of the first of the two; 0 in the first itself
   * @param digest {@link StateVersion#digest()} there, of a majority; 0 in the first itself
   */
  record CompareDigest(long index, long digest) implements Command {}

  /**
   * Sets autopilot's configuration; refused below {@link FeatureLevel#AUTOPILOT}.
   *
   * @param config indexes in it are ignored
   * @param casIndex null: unconditionally; else only if its ModifyIndex is this, 0 while nobody has
   *     set it
   */
  record AutopilotSet(AutopilotConfig config, Long casIndex) implements Command {}

  /**
   * Sets a token, a policy or a role; refused below {@link FeatureLevel#ACCESS}. Of a token that is
   * there already stay its secret, its authMethod and its times: an empty one stands for what there
   * is, another one is refused.
   *
   * @param object indexes in it are ignored; whoever proposes has drawn its id, and a token's
   *     secret
   * @param create whether it must not be there yet; else it must be
   */
  record AccessSet(AccessObject object, boolean create) implements Command {}

  /** Deletes one; nothing when it is not there. Who links to it links to nothing then. */
  record AccessDelete(AccessObject.Kind kind, String id) implements Command {}

  /**
   * Creates the first token, once; see {@link Indexes#ACL_BOOTSTRAP}.
   *
   * @param resetIndex 0: only if it was never done; else also if this is the index at which it was
   *     done last
   */
  record AclBootstrap(Token token, long resetIndex) implements Command {}
}
