package org.comitia.state;

import java.util.List;
import java.util.Map;

/** A service instance of the catalog. */
public record Service(
    String node,
    String id,
    String name,
    List<String> tags,
    String address,
    Map<String, ServiceAddress> taggedAddresses,
    Map<String, String> meta,
    int port,
    int weightPassing,
    int weightWarning,
    boolean enableTagOverride,
    long createIndex,
    long modifyIndex) {

  /** One of a service's tagged addresses. */
  public record ServiceAddress(String address, int port) {}

  /** Where it is found in {@link StateVersion#services()}. */
  public ServiceKey key() {
    return ServiceKey.of(node, id);
  }
}
