package org.comitia.state;

/**
 * @param id the service's id, unique on its node
 */
public record ServiceKey(String node, String id) implements Comparable<ServiceKey> {
  @Override
  public int compareTo(ServiceKey o) {
    int byNode = node.compareTo(o.node);
    return byNode != 0 ? byNode : id.compareTo(o.id);
  }
}
