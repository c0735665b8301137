package org.comitia.access;

/**
 * What one token may do: immutable, made of its rules once, asked for each request. Of the rules
 * that fit a segment the exact one decides, else the one with the longest prefix; of two for the
 * same segment {@link Access#DENY}, else the one that allows more; where none fits, the default
 * policy. Safe for any thread.
 */
public interface Authorizer {
  /**
   * @param segment ignored where {@link Resource#segmented()} is not so
   */
  boolean allows(Resource resource, String segment, Access access);

  /** Whether it allows this for every segment that begins so, those that do not exist included. */
  boolean allowsPrefix(Resource resource, String prefix, Access access);

  /** Whether it allows this for at least one segment that may exist. */
  boolean allowsAny(Resource resource, Access access);

  /** The same as {@link #allowsPrefix} of the empty prefix, at the price of a field. */
  boolean allowsAll(Resource resource, Access access);

  /** The token's accessor, for texts; {@link Token#ANONYMOUS} for who shows none. */
  String accessor();
}
