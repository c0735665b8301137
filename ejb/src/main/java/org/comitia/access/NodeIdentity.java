package org.comitia.access;

/** Stands for the rules that an agent needs in one datacenter. */
public record NodeIdentity(String node, String datacenter) {}
