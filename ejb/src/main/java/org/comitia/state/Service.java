package org.comitia.state;

import java.util.List;
import java.util.Map;

/**
 * A service instance of the catalog.
 *
 * @param kind empty for an ordinary service
 * @param socketPath of a service that listens on a Unix socket; empty for none
 * @param proxy what it says as a proxy of a service mesh, as the JSON object that answers show;
 *     empty for nothing. It is kept and given back: there is no mesh here
 * @param connect what it says about its part in a mesh, the same
 */
public record Service(
    String node,
    String id,
    String name,
    String kind,
    List<String> tags,
    String address,
    Map<String, ServiceAddress> taggedAddresses,
    Map<String, String> meta,
    int port,
    String socketPath,
    int weightPassing,
    int weightWarning,
    boolean enableTagOverride,
    String proxy,
    String connect,
    long createIndex,
    long modifyIndex) {
  /** An ordinary service, without a Unix socket and outside of any mesh. */
  public Service(
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
    this(
        node,
        id,
        name,
        "",
        tags,
        address,
        taggedAddresses,
        meta,
        port,
        "",
        weightPassing,
        weightWarning,
        enableTagOverride,
        "",
        "",
        createIndex,
        modifyIndex);
  }

  /** One of a service's tagged addresses. */
  public record ServiceAddress(String address, int port) {}

  /** Where it is found in {@link StateVersion#services()}. */
  public ServiceKey key() {
    return ServiceKey.of(node, id);
  }

  /** The same service with other indexes. */
  public Service at(long create, long modify) {
    return new Service(
        node,
        id,
        name,
        kind,
        tags,
        address,
        taggedAddresses,
        meta,
        port,
        socketPath,
        weightPassing,
        weightWarning,
        enableTagOverride,
        proxy,
        connect,
        create,
        modify);
  }
}
