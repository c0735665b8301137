package org.comitia.cluster;

import java.util.Map;

/**
 * What the members made of an operation on the keys that they share, as Consul tells it. Its text
 * leaves out the keys.
 *
 * @param refusal why nobody was asked; null when the members were
 * @param messages by node name: why it did not do it, or that it did not answer
 * @param keys of a list: the keys, in base64, and how many members hold each
 * @param primaryKeys of a list: the keys that are shown, and by how many
 * @param nodes how many members were asked, this one included
 * @param error how many failed, in Consul's words; empty when all have done it
 */
public record KeyringReply(
    String refusal,
    Map<String, String> messages,
    Map<String, Integer> keys,
    Map<String, Integer> primaryKeys,
    int nodes,
    String error) {
  public static KeyringReply refused(String why) {
    return new KeyringReply(why, Map.of(), Map.of(), Map.of(), 0, "");
  }

  @Override
  public String toString() {
    return "KeyringReply[refusal=" + refusal + ", messages=" + messages + ", error=" + error + "]";
  }
}
