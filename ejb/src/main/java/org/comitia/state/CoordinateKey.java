package org.comitia.state;

/**
 * Names a node's coordinate in one segment; in the form that {@link #of} makes, a key of {@link
 * StateVersion#coordinates()}.
 */
public record CoordinateKey(String node, String segment) implements Comparable<CoordinateKey> {
  /** The node's name is folded. */
  public static CoordinateKey of(String node, String segment) {
    return new CoordinateKey(Names.fold(node), segment);
  }

  @Override
  public int compareTo(CoordinateKey o) {
    int byNode = node.compareTo(o.node);
    return byNode != 0 ? byNode : segment.compareTo(o.segment);
  }
}
