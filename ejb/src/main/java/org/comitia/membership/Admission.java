package org.comitia.membership;

import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.comitia.wire.proto.AgentIdentity;

/**
 * Decides who may talk to this agent: same datacenter, no other cluster, no second owner of a name
 * or node id. Immutable; a new one is made whenever the members or the own tags change.
 *
 * @param self this agent; its cluster is that of the group it is in when it has none itself
 * @param aliveByName the node ids of the members that are alive, by lower-case name, without self
 * @param aliveById the names of the members that are alive, by node id, without self
 */
record Admission(AgentIdentity self, Map<String, UUID> aliveByName, Map<UUID, String> aliveById) {
  /** Why this agent may not be talked to; null when it may. Texts as Consul's where it has one. */
  String refusal(AgentIdentity other) {
    if (!other.hasNodeId() || !other.hasInstance() || other.getName().isEmpty()) {
      return "the other agent does not say who it is";
    }
    if (other.getInstance().equals(self.getInstance())) {
      return null;
    }
    String who = "Member '" + other.getName() + "' ";
    if (!other.getDatacenter().equals(self.getDatacenter())) {
      return who + "part of wrong datacenter '" + other.getDatacenter() + "'";
    }
    UUID id = Ids.uuid(other.getNodeId());
    if (other.getNodeId().equals(self.getNodeId())) {
      return who + "has conflicting node ID '" + id + "' with this agent's ID";
    }
    if (key(other.getName()).equals(key(self.getName()))) {
      return who
          + "has a conflicting name: this agent, node ID '"
          + Ids.uuid(self.getNodeId())
          + "', goes by it too. Give one of the two another -node name";
    }
    if (other.hasCluster() && self.hasCluster() && !other.getCluster().equals(self.getCluster())) {
      return who
          + "belongs to another cluster ("
          + Ids.uuid(other.getCluster())
          + ", ours is "
          + Ids.uuid(self.getCluster())
          + "): it was bootstrapped by itself. Stop it, remove its raft/ folder and join again"
          + " without -bootstrap (or do so here, if this agent is the one started by accident)";
    }
    return thirdParty(who, key(other.getName()), id);
  }

  private String thirdParty(String who, String name, UUID id) {
    String holder = aliveById.get(id);
    if (holder != null && !key(holder).equals(name)) {
      return who + "has conflicting node ID '" + id + "' with member '" + holder + "'";
    }
    UUID owner = aliveByName.get(name);
    if (owner != null && !owner.equals(id)) {
      return who
          + "has a conflicting name: a member that is alive, node ID '"
          + owner
          + "', goes by it. Give it another -node name";
    }
    return null;
  }

  static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
