package org.comitia.raft;

/**
 * Things that people want to read in the log and the driver wants to react to. In the order in
 * which they happened.
 */
public sealed interface RaftEvent {
  record BecameFollower(long term, ServerId leader) implements RaftEvent {}

  record BecameCandidate(long term, boolean preVote) implements RaftEvent {}

  record BecameLeader(long term) implements RaftEvent {}

  /** The first entry of the own term is committed: reads are served and duties start. */
  record LeadershipEstablished(long term, long index) implements RaftEvent {}

  record LeaderChanged(long term, ServerId leader) implements RaftEvent {}

  /**
   * A follower does not have what it acknowledged as synced: its disk lies, or its files were
   * copied back. It counts for nothing any more while this server leads; its incarnation is to be
   * removed and its store emptied.
   *
   * @param acknowledged up to where it had said that its log is synced
   * @param has up to where its log may agree now
   */
  record AcknowledgedLost(Server peer, long acknowledged, long has) implements RaftEvent {}

  /**
   * This server needs a snapshot, which its leader has: the log that it would need is gone there,
   * or its own saved tables end before its own log begins. Told again and again until it has one.
   */
  record SnapshotNeeded(ServerId leader) implements RaftEvent {}

  /**
   * The log begins behind this index from now on, since it was cut. Of a snapshot that was
   * installed, behind which it begins as well, this is not told.
   */
  record LogCut(long index) implements RaftEvent {}

  /** A configuration took effect, which is when it is appended (thesis §4.1). */
  record ConfigurationChanged(long index, Configuration configuration) implements RaftEvent {}

  record ConfigurationCommitted(long index, Configuration configuration) implements RaftEvent {}

  record PeerAdded(Server peer) implements RaftEvent {}

  record PeerRemoved(Server peer) implements RaftEvent {}

  /** Why this server does not campaign though it hears no leader; told once a follower phase. */
  record ElectionAborted(String reason) implements RaftEvent {}

  record SteppedDown(long term, String reason) implements RaftEvent {}

  record TransferEnded(ServerId target, boolean succeeded) implements RaftEvent {}
}
