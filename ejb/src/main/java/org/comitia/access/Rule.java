package org.comitia.access;

/**
 * One rule of a policy.
 *
 * @param segment the name that it is about; empty where {@link Resource#segmented()} is not so, and
 *     for the prefix of everything
 * @param prefix whether it is about all that begins with the segment
 */
public record Rule(Resource resource, String segment, boolean prefix, Access access) {}
