package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;
import org.comitia.raft.HardState;
import org.comitia.raft.ServerId;

/** Term and vote: the only row of its table. */
@Entity(name = "StoredHardState")
@Table(name = HardStateRow.TABLE)
final class HardStateRow implements Row {
  static final String TABLE = "hard_state";
  static final long ID = 1;

  @Id
  @Column(name = "id")
  private long id;

  @Column(name = "term")
  private long term;

  @Column(name = "vote_node")
  private String voteNode;

  @Column(name = "vote_incarnation")
  private String voteIncarnation;

  @Column(name = "checksum")
  private long checksum;

  private HardStateRow() {}

  HardStateRow(HardState state) {
    id = ID;
    term = state.term();
    voteNode = state.vote() == null ? null : state.vote().node().toString();
    voteIncarnation = state.vote() == null ? null : state.vote().incarnation().toString();
    checksum = expectedChecksum();
  }

  HardState hardState() {
    if (voteNode == null) {
      return new HardState(term, null);
    }
    return new HardState(
        term, new ServerId(UUID.fromString(voteNode), UUID.fromString(voteIncarnation)));
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row id=" + id;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE).add(id).add(term).add(voteNode).add(voteIncarnation).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
