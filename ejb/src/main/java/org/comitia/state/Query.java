package org.comitia.state;

import java.util.List;
import java.util.Map;

/** A question to the state; evaluated on a server against one version. */
public sealed interface Query {
  record KvGet(String key) implements Query {}

  record KvList(String prefix) implements Query {}

  /**
   * @param separator empty for none: keys are cut after its first occurrence behind the prefix
   */
  record KvKeys(String prefix, String separator) implements Query {}

  /**
   * @param meta all must match
   */
  record Nodes(Map<String, String> meta) implements Query {}

  /**
   * @param node a name, a node id, or a unique prefix of an id with at least two hex digits
   */
  record NodeServices(String node) implements Query {}

  /** Service names with the union of their tags. */
  record Services(Map<String, String> nodeMeta) implements Query {}

  record ServiceInstances(String service, List<String> tags, Map<String, String> nodeMeta)
      implements Query {}

  record NodeChecks(String node) implements Query {}
}
