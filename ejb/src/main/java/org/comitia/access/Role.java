package org.comitia.access;

import java.util.List;

/**
 * Policies and identities under a name.
 *
 * @param name unique
 * @param policies their ids; one that is gone counts for nothing
 */
public record Role(
    String id,
    String name,
    String description,
    List<String> policies,
    List<ServiceIdentity> serviceIdentities,
    List<NodeIdentity> nodeIdentities,
    long createIndex,
    long modifyIndex)
    implements AccessObject {
  @Override
  public Kind kind() {
    return Kind.ROLE;
  }

  @Override
  public Role at(long create, long modify) {
    return new Role(
        id, name, description, policies, serviceIdentities, nodeIdentities, create, modify);
  }
}
