package org.comitia.state;

/**
 * A key and its value.
 *
 * @param key see {@link Keys}
 * @param value never null; not copied, nobody changes it
 * @param flags an unsigned 64-bit number
 * @param session the holder of the lock, null for none
 */
public record KvEntry(
    String key,
    byte[] value,
    long flags,
    long lockIndex,
    String session,
    long createIndex,
    long modifyIndex) {}
