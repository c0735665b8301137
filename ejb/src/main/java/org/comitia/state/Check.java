package org.comitia.state;

import java.util.List;

/**
 * A health check of the catalog. Status is {@code passing}, {@code warning} or {@code critical}.
 *
 * @param interval as it was given, e.g. {@code 10s}; empty where the type has none
 * @param timeout as it was given; empty for none
 * @param exposedPort 0 for none
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
    String interval,
    String timeout,
    int exposedPort,
    CheckDefinition definition,
    long createIndex,
    long modifyIndex) {
  /** A check that says nothing about how it is carried out. */
  public Check(
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
    this(
        node,
        id,
        name,
        status,
        notes,
        output,
        serviceId,
        serviceName,
        serviceTags,
        type,
        "",
        "",
        0,
        CheckDefinition.NONE,
        createIndex,
        modifyIndex);
  }

  /** Where it is found in {@link StateVersion#checks()}. */
  public CheckKey key() {
    return CheckKey.of(node, id);
  }

  /** The same check with other indexes. */
  public Check at(long create, long modify) {
    return new Check(
        node,
        id,
        name,
        status,
        notes,
        output,
        serviceId,
        serviceName,
        serviceTags,
        type,
        interval,
        timeout,
        exposedPort,
        definition,
        create,
        modify);
  }
}
