package org.comitia.state;

import java.util.List;

/**
 * A health check of the catalog. Status is {@code passing}, {@code warning} or {@code critical}.
 */
public record Check(
    String node,
    String id,
    String name,
    String status,
    String notes,
    String output,
    String serviceId,
    String serviceName,
    List<String> serviceTags,
    String type,
    long createIndex,
    long modifyIndex) {
  /** Where it is found in {@link StateVersion#checks()}. */
  public CheckKey key() {
    return CheckKey.of(node, id);
  }
}
