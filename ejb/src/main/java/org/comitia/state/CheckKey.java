package org.comitia.state;

/**
 * @param id the check's id, unique on its node
 */
public record CheckKey(String node, String id) implements Comparable<CheckKey> {
  @Override
  public int compareTo(CheckKey o) {
    int byNode = node.compareTo(o.node);
    return byNode != 0 ? byNode : id.compareTo(o.id);
  }
}
