package org.comitia.state;

/**
 * Names one check; in the form that {@link #of} makes, a key of {@link StateVersion#checks()}.
 *
 * @param id the check's id, unique on its node
 */
public record CheckKey(String node, String id) implements Comparable<CheckKey> {
  /** Folded ({@link Names#fold}). */
  public static CheckKey of(String node, String id) {
    return new CheckKey(Names.fold(node), Names.fold(id));
  }

  @Override
  public int compareTo(CheckKey o) {
    int byNode = node.compareTo(o.node);
    return byNode != 0 ? byNode : id.compareTo(o.id);
  }
}
