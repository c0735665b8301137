package org.comitia.cluster;

import java.util.UUID;

/**
 * A person's or program's word to all agents ({@code /v1/event}); carried by membership, kept by
 * nobody but each agent's short memory.
 *
 * @param payload not to be changed; empty for none
 * @param nodeFilter regular expression that the agent's node name must match; empty for all
 * @param serviceFilter regular expression for the name of one of its services; empty for all
 * @param tagFilter regular expression for a tag of that service; empty for all
 * @param lamportTime orders events roughly: later than all that its sender had seen
 */
public record UserEvent(
    UUID id,
    String name,
    byte[] payload,
    String nodeFilter,
    String serviceFilter,
    String tagFilter,
    long lamportTime) {}
