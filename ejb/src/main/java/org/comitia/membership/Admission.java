package org.comitia.membership;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.log.LogLine;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.Id128;

/**
 * Decides who may talk to this agent: same datacenter, no other cluster, no second owner of a name
 * or node id. Immutable; a new one is made whenever the members or the own tags change.
 *
 * @param self this agent; its cluster is that of the group it is in when it has none itself
 * @param lender the member of that group that named the cluster; empty when it is this agent's own
 * @param aliveByName the node ids of the members that are alive, by lower-case name, without self
 * @param aliveById the names of the members that are alive, by node id, without self
 */
record Admission(
    AgentIdentity self, String lender, Map<String, UUID> aliveByName, Map<UUID, String> aliveById) {
  private static final Logger LOG = Logger.getLogger("serf");
  private static final int MAX_DATACENTER = 128;

  /** What is the matter with another agent: what the log counts together. */
  enum Kind {
    UNREADABLE,
    DATACENTER,
    NODE_ID,
    NAME,
    CLUSTER,
    /** Of a cluster that was recovered from this agent's, as it says. */
    SUCCESSOR,
    RECORD,
    ADDRESS,
    CLAIM,
    /** It has another encrypt key, or only one of both has one. */
    KEY,
    /** Its address is in none of the networks that are allowed. */
    NETWORK
  }

  /**
   * Why an agent may not be talked to.
   *
   * @param text for people, as Consul's where it has one; may hold what the other says of itself
   */
  record Refusal(Kind kind, String text) {}

  /**
   * What decides while an agent has these tags and sees these members.
   *
   * @param instance minted at this agent's start
   */
  static Admission of(
      String name, UUID nodeId, UUID instance, Map<String, String> tags, List<Member> members) {
    Map<String, UUID> byName = new HashMap<>();
    Map<UUID, String> byId = new HashMap<>();
    String cluster = tags.getOrDefault(Member.Tags.CLUSTER, "");
    String recoveredFrom = tags.getOrDefault(Member.Tags.RECOVERED_FROM, "");
    String lender = "";
    for (Member member : members) {
      if (!member.isAlive() || member.nodeId().equals(nodeId)) {
        continue;
      }
      byName.put(key(member.name()), member.nodeId());
      byId.put(member.nodeId(), member.name());
      if (cluster.isEmpty()) {
        cluster = member.tags().getOrDefault(Member.Tags.CLUSTER, "");
        lender = cluster.isEmpty() ? "" : member.name();
      }
      if (recoveredFrom.isEmpty()) {
        recoveredFrom = member.tags().getOrDefault(Member.Tags.RECOVERED_FROM, "");
      }
    }
    AgentIdentity.Builder self =
        AgentIdentity.newBuilder()
            .setName(name)
            .setNodeId(Ids.of(nodeId))
            .setDatacenter(tags.getOrDefault(Member.Tags.DATACENTER, ""))
            .setInstance(Ids.of(instance))
            .addAllPredecessors(Predecessors.of(recoveredFrom));
    try {
      if (!cluster.isEmpty()) {
        self.setCluster(Ids.of(UUID.fromString(cluster)));
      }
    } catch (IllegalArgumentException e) {
      LOG.warning("a cluster tag that is no UUID is ignored: " + cluster);
    }
    return new Admission(self.build(), lender, Map.copyOf(byName), Map.copyOf(byId));
  }

  /** Null when this agent may be talked to. */
  Refusal refusal(AgentIdentity other) {
    if (!other.hasNodeId() || !other.hasInstance() || !RecordCheck.isName(other.getName())) {
      return new Refusal(Kind.UNREADABLE, "COM2002: the other agent does not say who it is");
    }
    if (other.getInstance().equals(self.getInstance())) {
      return null;
    }
    String who = "Member '" + other.getName() + "' ";
    if (!other.getDatacenter().equals(self.getDatacenter())) {
      return new Refusal(
          Kind.DATACENTER,
          who
              + "part of wrong datacenter '"
              + LogLine.excerpt(other.getDatacenter(), MAX_DATACENTER)
              + "'");
    }
    UUID id = Ids.uuid(other.getNodeId());
    if (other.getNodeId().equals(self.getNodeId())) {
      return new Refusal(
          Kind.NODE_ID, who + "has conflicting node ID '" + id + "' with this agent's ID");
    }
    if (key(other.getName()).equals(key(self.getName()))) {
      return new Refusal(
          Kind.NAME,
          "COM2003: "
              + who
              + "has a conflicting name: this agent, node ID '"
              + Ids.uuid(self.getNodeId())
              + "', goes by it too. Give one of the two another -node name");
    }
    if (other.hasCluster() && self.hasCluster() && !other.getCluster().equals(self.getCluster())) {
      return new Refusal(
          isSuccessor(other) ? Kind.SUCCESSOR : Kind.CLUSTER,
          "COM2004: "
              + who
              + "belongs to another cluster ("
              + Ids.uuid(other.getCluster())
              + ", ours is "
              + Ids.uuid(self.getCluster())
              + "). "
              + wayBack(other));
    }
    return thirdParty(who, key(other.getName()), id);
  }

  private boolean isSuccessor(AgentIdentity other) {
    return Predecessors.when(self, other.getCluster()).isEmpty()
        && Predecessors.when(other, self.getCluster()).isPresent();
  }

  /** What is to be done about an agent of another cluster. */
  private String wayBack(AgentIdentity other) {
    Optional<Instant> theirs = Predecessors.when(self, other.getCluster());
    if (theirs.isPresent()) {
      return "It was dropped when this cluster was recovered from that one, at "
          + theirs.get()
          + ": stop it, move its raft/ folder away and start it again; it then joins as a new server";
    }
    Optional<Instant> ours = Predecessors.when(other, self.getCluster());
    if (ours.isPresent()) {
      return dropped(ours.get());
    }
    Optional<Id128> both = Predecessors.common(self, other);
    if (both.isPresent()) {
      return "Both were recovered from one cluster ("
          + Ids.uuid(both.get())
          + "), this one at "
          + Predecessors.when(self, both.get()).orElseThrow()
          + ", that one at "
          + Predecessors.when(other, both.get()).orElseThrow()
          + ", as it says: if so, one of the two must go, and what was written to it is lost. Choose"
          + " which; stop all of"
          + " its servers, move their raft/ folders away and start them again; they then join as new"
          + " servers";
    }
    return "Two clusters never become one. If one of them is a single server that was started"
        + " with -bootstrap by accident, stop that one, move its raft/ folder away and start it"
        + " again without -bootstrap";
  }

  /** By a recovery that the other one tells of, which may be no friend. */
  private String dropped(Instant at) {
    String condition =
        ". Only if somebody of yours did that, and this cluster has no leader any more, ";
    if (lender.isEmpty()) {
      return "That one says that it was recovered from this server's cluster, at "
          + at
          + condition
          + "this server was dropped: stop it, move its raft/ folder away and start it again; it then"
          + " joins as a new server";
    }
    return "That one says that it was recovered from the cluster of '"
        + lender
        + "', at "
        + at
        + condition
        + "'"
        + lender
        + "' was dropped and still runs with its old raft/ folder: stop that one and move its raft/"
        + " away. This agent has no cluster of its own and can stay as it is";
  }

  private Refusal thirdParty(String who, String name, UUID id) {
    String holder = aliveById.get(id);
    if (holder != null && !key(holder).equals(name)) {
      return new Refusal(
          Kind.NODE_ID, who + "has conflicting node ID '" + id + "' with member '" + holder + "'");
    }
    UUID owner = aliveByName.get(name);
    if (owner != null && !owner.equals(id)) {
      return new Refusal(
          Kind.NAME,
          "COM2005: "
              + who
              + "has a conflicting name: a member that is alive, node ID '"
              + owner
              + "', goes by it. Give it another -node name");
    }
    return null;
  }

  static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
