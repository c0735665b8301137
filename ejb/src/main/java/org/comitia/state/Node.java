package org.comitia.state;

import java.util.Map;

/** A node of the catalog, as {@code /v1/catalog/nodes} shows it. */
public record Node(
    String id,
    String name,
    String address,
    String datacenter,
    Map<String, String> taggedAddresses,
    Map<String, String> meta,
    long createIndex,
    long modifyIndex) {
  /** Where it is found in {@link StateVersion#nodes()}: the folded name. */
  public String key() {
    return Names.fold(name);
  }

  /** The same node with other indexes. */
  public Node at(long create, long modify) {
    return new Node(id, name, address, datacenter, taggedAddresses, meta, create, modify);
  }
}
