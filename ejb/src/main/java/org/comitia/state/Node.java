package org.comitia.state;

import java.util.Map;

/** A node of the catalog, as {@code /v1/catalog/nodes} shows it. */
public record Node(
    String id,
    String name,
    String address,
    String datacenter,
    Map<String, String> taggedAddresses,
    Map<String, String> meta,
    long createIndex,
    long modifyIndex) {}
