package org.comitia.access;

import java.util.List;

/**
 * Stands for the rules that an instance of a service needs.
 *
 * @param datacenters where it counts; empty for everywhere
 */
public record ServiceIdentity(String service, List<String> datacenters) {}
