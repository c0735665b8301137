package org.comitia.state;

/**
 * Names one service; in the form that {@link #of} makes, a key of {@link StateVersion#services()}.
 *
 * @param id the service's id, unique on its node
 */
public record ServiceKey(String node, String id) implements Comparable<ServiceKey> {
  /** Folded ({@link Names#fold}). */
  public static ServiceKey of(String node, String id) {
    return new ServiceKey(Names.fold(node), Names.fold(id));
  }

  @Override
  public int compareTo(ServiceKey o) {
    int byNode = node.compareTo(o.node);
    return byNode != 0 ? byNode : id.compareTo(o.id);
  }
}
