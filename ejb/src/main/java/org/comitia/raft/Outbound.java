package org.comitia.raft;

/** A message that may leave at once: what had to be synced before it is synced. */
public record Outbound(ServerId to, Message message) {}
