package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import org.comitia.state.Coordinate;

/** Where a node is in the network's coordinate system. */
@Entity(name = "CoordinateRow")
@Table(name = CoordinateRow.TABLE)
@IdClass(NodeScopedId.class)
final class CoordinateRow implements Row {
  static final String TABLE = "coordinates";

  @Id
  @Column(name = "node_key")
  private String nodeKey;

  @Id
  @Column(name = "segment")
  private String key;

  @Column(name = "node")
  private String node;

  @Column(name = "vec")
  private String vec;

  @Column(name = "error")
  private double error;

  @Column(name = "adjustment")
  private double adjustment;

  @Column(name = "height")
  private double height;

  @Column(name = "checksum")
  private long checksum;

  private CoordinateRow() {}

  CoordinateRow(Coordinate coordinate) {
    nodeKey = StoredText.escape(coordinate.key().node());
    key = StoredText.escape(coordinate.segment());
    node = StoredText.escape(coordinate.node());
    vec = JsonText.ofNumbers(coordinate.vec());
    error = coordinate.error();
    adjustment = coordinate.adjustment();
    height = coordinate.height();
    checksum = expectedChecksum();
  }

  Coordinate coordinate() {
    return new Coordinate(
        StoredText.unescape(node),
        StoredText.unescape(key),
        JsonText.toNumbers(vec),
        error,
        adjustment,
        height);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row node_key=" + nodeKey + ", segment=" + key;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(nodeKey)
        .add(key)
        .add(node)
        .add(vec)
        .add(Double.doubleToLongBits(error))
        .add(Double.doubleToLongBits(adjustment))
        .add(Double.doubleToLongBits(height))
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
