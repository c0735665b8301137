package org.comitia.state;

/** Something that a query can watch. Names are folded. */
sealed interface Topic {
  /** One key. */
  record Key(String key) implements Topic {}

  /** All keys whose string begins so. */
  record Prefix(String prefix) implements Topic {}

  /** A whole table, by its name in {@link Indexes}. */
  record Table(String name) implements Topic {}

  /** The instances of a service and the nodes that they are on. */
  record Instances(String service) implements Topic {}

  /** The instances of a service, the nodes that they are on, and the checks of both. */
  record Health(String service) implements Topic {}

  /** The checks that name a service. */
  record ServiceChecks(String service) implements Topic {}

  /** A node and its services. */
  record NodeServices(String node) implements Topic {}

  /** The checks of a node. */
  record NodeChecks(String node) implements Topic {}

  /** One session. */
  record OneSession(String id) implements Topic {}

  /** The sessions of a node. */
  record NodeSessions(String node) implements Topic {}

  /** The coordinates of a node. */
  record NodeCoordinates(String node) implements Topic {}
}
