package org.comitia.access;

import java.util.List;

/**
 * What somebody shows who asks.
 *
 * @param id its accessor: names it without giving it away
 * @param secret what is shown; unique, never in a log or an error text
 * @param policies their ids; one that is gone counts for nothing
 * @param roles their ids, likewise
 * @param authMethod which one made it at a login; empty for none
 * @param createMillis when it was made, since 1970
 * @param expirationMillis from when on it counts no more; 0 for never
 */
public record Token(
    String id,
    String secret,
    String description,
    List<String> policies,
    List<String> roles,
    List<ServiceIdentity> serviceIdentities,
    List<NodeIdentity> nodeIdentities,
    boolean local,
    String authMethod,
    long createMillis,
    long expirationMillis,
    long createIndex,
    long modifyIndex)
    implements AccessObject {
  /** The token of those who show none: its accessor. */
  public static final String ANONYMOUS = "00000000-0000-0000-0000-000000000002";

  /** The same: its secret, which is none. */
  public static final String ANONYMOUS_SECRET = "anonymous";

  @Override
  public Kind kind() {
    return Kind.TOKEN;
  }

  /** Whether it counts no more at this time, in milliseconds since 1970. */
  public boolean isExpired(long nowMillis) {
    return expirationMillis != 0 && nowMillis >= expirationMillis;
  }

  @Override
  public Token at(long create, long modify) {
    return new Token(
        id,
        secret,
        description,
        policies,
        roles,
        serviceIdentities,
        nodeIdentities,
        local,
        authMethod,
        createMillis,
        expirationMillis,
        create,
        modify);
  }

  /** The same token with something else in the place of its secret. */
  public Token withSecret(String other) {
    return new Token(
        id,
        other,
        description,
        policies,
        roles,
        serviceIdentities,
        nodeIdentities,
        local,
        authMethod,
        createMillis,
        expirationMillis,
        createIndex,
        modifyIndex);
  }

  /** Without the secret, since it may end in a log. */
  @Override
  public String toString() {
    return "Token[" + id + "]";
  }
}
