package org.comitia.raft.participant;

/**
 * Something to be sent.
 *
 * @param address {@code ip:port} of the addressee's server port, as far as it is known
 */
public record Letter<E>(String address, E envelope) {}
