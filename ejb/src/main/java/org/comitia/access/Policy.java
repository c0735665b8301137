package org.comitia.access;

import java.util.List;

/**
 * Rules under a name.
 *
 * @param name unique
 * @param rules as they were written, in HCL or JSON
 * @param datacenters where it counts; empty for everywhere
 */
public record Policy(
    String id,
    String name,
    String description,
    String rules,
    List<String> datacenters,
    long createIndex,
    long modifyIndex)
    implements AccessObject {
  /** Allows everything; built in, cannot be changed. */
  public static final String GLOBAL_MANAGEMENT = "00000000-0000-0000-0000-000000000001";

  /** Allows reading everything; built in, cannot be changed. */
  public static final String GLOBAL_READ_ONLY = "00000000-0000-0000-0000-000000000002";

  @Override
  public Kind kind() {
    return Kind.POLICY;
  }

  @Override
  public Policy at(long create, long modify) {
    return new Policy(id, name, description, rules, datacenters, create, modify);
  }
}
